"""The training steps of bench/step/step.ts in PyTorch: the same networks, losses, optimiser and order of updates.

    python3 bench/peers/pytorch_step.py '{"method": "groupgan-2v2", "size": 48, "batch": 16, ...}'

The settings are a JSON object as bench/step/step.ts sends it. The first line of the answer tells the version and how many
numbers each network trains; then every line "N" on standard input runs N steps, and one line of JSON says how long
each took. Weights are PyTorch's own random ones: what is compared is the time of the work, not its outcome.
"""

import json
import resource
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

CLASSES = 6
POOL = 96  # pictures to draw batches from


def scaled(channels, width):
    return max(1, round(channels * width))


class Classifier(nn.Module):
    """VGG13 with batch normalisation: C, and without its last layer E."""

    GROUPS = (64, 128, 256, 512, 512)

    def __init__(self, s, last):
        super().__init__()
        layers, channels, size = [], s["channels"], s["size"]
        for group in self.GROUPS:
            out = scaled(group, s["width"])
            for _ in range(2):
                layers += [nn.Conv2d(channels, out, 3, padding=1, bias=False), nn.BatchNorm2d(out), nn.ReLU(True)]
                channels = out
            if size >= 2:
                layers.append(nn.MaxPool2d(2))
                size //= 2
        self.features = nn.Sequential(*layers)
        dense, features = [], size * size * channels
        for hidden in s["dense"]:
            dense += [nn.Linear(features, hidden), nn.ReLU(True)]
            features = hidden
        self.dense = nn.Sequential(*dense)
        self.last = nn.Linear(features, CLASSES) if last else None
        self.expression_size = features

    def extract(self, x):
        return self.dense(self.features(x).flatten(1))

    def forward(self, x):
        return self.last(self.extract(x))


class Discriminator(nn.Module):
    CHANNELS = (64, 128, 256, 512)
    CONDITION_AFTER = 2

    def __init__(self, s, expression):
        super().__init__()
        channels, size = s["channels"], s["size"]
        joined = 0 if expression is None else scaled(64, s["width"])
        layers = []
        for index, full in enumerate(self.CHANNELS):
            out = scaled(full, s["width"])
            extra = joined if index == self.CONDITION_AFTER else 0
            layers.append(nn.Conv2d(channels + extra, out, 3, stride=2, padding=1))
            channels, size = out, (size + 1) // 2
        self.layers = nn.ModuleList(layers)
        self.embed = None if expression is None else nn.Linear(expression, joined)
        self.hidden = nn.Linear(size * size * channels, s["discriminatorDense"])
        self.last = nn.Linear(s["discriminatorDense"], 1)

    def forward(self, x, expression):
        for index, layer in enumerate(self.layers):
            if index == self.CONDITION_AFTER and self.embed is not None:
                condition = F.leaky_relu(self.embed(expression), 0.2)[:, :, None, None]
                x = torch.cat([x, condition.expand(-1, -1, *x.shape[2:])], 1)
            x = F.leaky_relu(layer(x), 0.2)
        return self.last(F.leaky_relu(self.hidden(x.flatten(1)), 0.2))


class Residual(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)

    def forward(self, x):
        return F.relu(x + self.second(F.relu(self.first(x))))


class Generator(nn.Module):
    ENCODER = ((7, 64), (5, 128), (3, 256), (3, 512))
    DECODER = (256, 128, 64, 32)

    def __init__(self, s, expression, residual_output):
        super().__init__()
        self.residual_output = residual_output
        channels, encoder, widths = s["channels"], [], []
        for kernel, full in self.ENCODER:
            out = scaled(full, s["width"])
            convolution = nn.Conv2d(channels, out, kernel, stride=2, padding=kernel // 2)
            encoder.append(nn.Sequential(convolution, nn.ReLU(True), Residual(out)))
            widths.append(out)
            channels = out
        self.encoder = nn.ModuleList(encoder)
        decoder = []
        self.condition = None
        for index, full in enumerate(self.DECODER):
            out = scaled(full, s["width"])
            skip = widths[3 - index] if index > 0 else 0
            decoder.append(nn.ConvTranspose2d(channels + skip, out, 4, stride=2, padding=1))
            if index == 0 and expression is not None:
                self.condition = nn.ConvTranspose2d(expression, out, 4, stride=2, padding=1, bias=False)
            channels = out
        self.decoder = nn.ModuleList(decoder)
        self.before_last = nn.Conv2d(channels, channels, 3, padding=1)
        self.last = nn.Conv2d(channels, s["channels"], 3, padding=1)

    def forward(self, images, expression):
        maps = [images]
        for layer in self.encoder:
            maps.append(layer(maps[-1]))
        x = maps[-1]
        for index, layer in enumerate(self.decoder):
            if index > 0:
                x = torch.cat([x, maps[4 - index]], 1)
            y = layer(x)
            if index == 0 and self.condition is not None:
                y = y + self.condition(expression[:, :, None, None].expand(-1, -1, *x.shape[2:]))
            x = F.relu(y)
        x = self.last(F.relu(self.before_last(x)))
        return images + x if self.residual_output else torch.tanh(x)


def adam(network, rate):
    return torch.optim.Adam(network.parameters(), lr=rate, fused=True)


def apply(optimizer, network, gradients):
    for parameter, gradient in zip(network.parameters(), gradients):
        parameter.grad = gradient
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


def gradients_of(y, network, cotangent=None, keep=False):
    """`keep`: the graph will be asked again, by the other players of the synthesis."""
    return torch.autograd.grad(y, list(network.parameters()), cotangent, retain_graph=keep)


class Pool:
    """Batches of random pictures, cut from bytes in host memory as bench/step/step.ts does."""

    def __init__(self, s, layout):
        size, channels = s["size"], s["channels"]
        self.batch, self.layout = s["batch"], layout
        self.bytes = torch.randint(0, 256, (2, POOL, channels, size, size), dtype=torch.uint8)
        self.labels = torch.arange(POOL) % CLASSES

    def draw(self):
        """(weak, peak, labels); both pictures of a pair are mirrored alike."""
        start = time.perf_counter()
        rows = torch.randint(0, POOL, (self.batch,))
        mirrored = (torch.rand(self.batch) < 0.5)[:, None, None, None]
        pictures = []
        for kind in (0, 1):
            x = self.bytes[kind][rows].float() / 127.5 - 1
            pictures.append(self.place(torch.where(mirrored, x.flip(3), x)))
        self.waited = 1000 * (time.perf_counter() - start)
        return (*pictures, self.labels[rows])

    def place(self, x):
        return x.contiguous(memory_format=self.layout)


class Game:
    """DCGAN, GroupGAN 1V2 and 2V2 with one synthesis for all players: src/science/training/algorithm-1.ts."""

    def __init__(self, s, method, pool, place):
        self.s, self.pool, rates = s, pool, s["rates"]
        self.classification = method != "dcgan"
        self.classifier = place(Classifier(s, True))
        self.extractor = place(Classifier(s, False)) if method == "groupgan-2v2" else None
        expression = None if self.extractor is None else self.extractor.expression_size
        self.generator = place(Generator(s, expression, True))
        self.discriminator = place(Discriminator(s, expression))
        self.peak_discriminator = None if method == "dcgan" else place(Discriminator(s, expression))
        self.networks = {
            "generator": self.generator,
            "extractor": self.extractor,
            "discriminator": self.discriminator,
            "peakDiscriminator": self.peak_discriminator,
            "classifier": self.classifier,
        }
        role = {"peakDiscriminator": "discriminator"}
        self.optimizers = {
            network: adam(network, rates[role.get(name, name)])
            for name, network in self.networks.items()
            if network is not None
        }

    def move(self, network, gradients):
        apply(self.optimizers[network], network, gradients)

    def separate(self, network, positives, negatives, expression):
        images = torch.cat([positives, *negatives])
        conditions = None if expression is None else torch.cat([expression] * (1 + len(negatives)))
        logits = network(images, conditions)
        real, fake = logits[: len(positives)], logits[len(positives) :]
        loss = F.softplus(-real).mean() + F.softplus(fake).mean()
        self.move(network, gradients_of(loss, network))
        return loss

    def fool(self, network, fake, expression):
        fake = fake.detach().requires_grad_()
        condition = None if expression is None else expression.detach().requires_grad_()
        value = F.softplus(-network(fake, condition)).mean()
        inputs = [fake] if condition is None else [fake, condition]
        on_fake, *on_expression = torch.autograd.grad(value, inputs)
        return value, on_fake, on_expression[0] if on_expression else None

    def content(self, fake, peak):
        fake = fake.detach().requires_grad_()
        value = F.mse_loss(fake, peak)
        return value, torch.autograd.grad(value, [fake])[0]

    def judge(self, fake, labels):
        fake = fake.detach().requires_grad_()
        self.classifier.eval()
        value = F.cross_entropy(self.classifier(fake), labels)
        self.classifier.train()
        return value, torch.autograd.grad(value, [fake])[0]

    def step(self):
        s, weights = self.s, self.s["weights"]
        weak, peak, labels = self.pool.draw()
        chosen = (torch.rand(len(weak)) < 0.5)[:, None, None, None]
        real = self.pool.place(torch.where(chosen, peak, weak))
        expression = None if self.extractor is None else self.extractor.extract(weak)
        fake = self.generator(weak, expression)
        still = fake.detach()
        condition = None if expression is None else expression.detach()
        losses = [self.separate(self.discriminator, real, [still], condition)]
        if self.peak_discriminator is not None:
            negatives = [still, weak] if s["peakNegatives"] == "fake+weak" else [still]
            losses.append(self.separate(self.peak_discriminator, peak, negatives, condition))

        content, on_content = self.content(fake, peak)
        fooling, on_fooling, expression_fooling = self.fool(self.discriminator, fake, expression)
        on_fake = on_content + weights["fooling"] * on_fooling
        losses += [content, fooling]
        if self.peak_discriminator is not None:
            fooling_peak, on_peak, expression_peak = self.fool(self.peak_discriminator, fake, expression)
            classification, on_class = self.judge(fake, labels)
            on_fake = on_fake + weights["foolingPeak"] * on_peak + weights["classification"] * on_class
            losses += [fooling_peak, classification]
        shared = self.extractor is not None
        generator_gradients = gradients_of(fake, self.generator, on_fake, keep=shared)
        if self.extractor is not None:
            own = weights["extractor"]
            on_fake = own["fooling"] * on_fooling + own["foolingPeak"] * on_peak + on_class
            (through,) = torch.autograd.grad(fake, [expression], on_fake, retain_graph=True)
            through = through + own["fooling"] * expression_fooling + own["foolingPeak"] * expression_peak
            self.move(self.extractor, gradients_of(expression, self.extractor, through))
        self.move(self.generator, generator_gradients)

        if s["classifierLearns"]:
            logits = self.classifier(torch.cat([peak, still]))
            loss = F.cross_entropy(logits, torch.cat([labels, labels]))
            self.move(self.classifier, gradients_of(loss, self.classifier))
            losses.append(loss)
        return losses


class Solo:
    """One network alone: the CNN baselines and both pretrainings."""

    def __init__(self, s, method, pool, place):
        self.pool, self.method = pool, method
        if method == "pretrain-g":
            self.network, name = place(Generator(s, None, False)), "generator"
        else:
            self.network, name = place(Classifier(s, True)), "classifier"
        self.networks = {name: self.network}
        self.optimizer = adam(self.network, s["rates"]["classifier"])

    def step(self):
        weak, peak, labels = self.pool.draw()
        if self.method == "pretrain-g":
            loss = F.mse_loss(self.network(weak, None), weak)
        elif self.method == "cnn-weak+peak":
            loss = F.cross_entropy(self.network(torch.cat([weak, peak])), torch.cat([labels, labels]))
        else:
            loss = F.cross_entropy(self.network(weak), labels)
        apply(self.optimizer, self.network, gradients_of(loss, self.network))
        return [loss]


def main():
    s = json.loads(sys.argv[1])
    torch.set_num_threads(s["threads"])
    torch.manual_seed(1)
    layout = torch.channels_last if s["layout"] == "channels_last" else torch.contiguous_format
    pool = Pool(s, layout)
    game = s["method"] in ("dcgan", "groupgan-1v2", "groupgan-2v2")
    runner = (Game if game else Solo)(s, s["method"], pool, lambda network: network.to(memory_format=layout))
    counts = {
        name: sum(parameter.numel() for parameter in network.parameters())
        for name, network in runner.networks.items()
        if network is not None
    }
    say({"version": f"PyTorch {torch.__version__.split('+')[0]}", "parameters": counts})
    for line in sys.stdin:
        ms, cpu, wait = zip(*(timed(runner) for _ in range(int(line))))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        say({"ms": ms, "cpu": cpu, "wait": wait, "peakMib": peak})


def timed(runner):
    start, cpu = time.perf_counter(), time.process_time()
    losses = runner.step()
    if not bool(torch.isfinite(torch.stack(losses)).all()):
        raise SystemExit("a loss is not finite")
    return 1000 * (time.perf_counter() - start), 1000 * (time.process_time() - cpu), runner.pool.waited


def say(message):
    print(json.dumps(message), flush=True)


main()
