"""Independent values for the tests of src/science/descriptors, as JSON on stdout.

    python3 -m venv peers && peers/bin/pip install numpy scikit-image scikit-learn
    peers/bin/python bench/peers/descriptor_fixtures.py |
        npx prettier --stdin-filepath peers.json > test/science/descriptors/fixtures/peers.json

LBP is scikit-image's. The functions whose signs LPQ takes are computed here from its definition (Ojansivu & Heikkila
2008), with the 49 x 49 and 8 x 8 matrices that it names; the test multiplies them with pictures. The SVM is scikit-learn's LinearSVC, that is LIBLINEAR. The data are drawn here: no
picture of anybody.
"""

import json
from importlib.metadata import version

import numpy as np
from skimage.feature import local_binary_pattern
from sklearn.preprocessing import StandardScaler
from sklearn.svm import LinearSVC

random = np.random.default_rng(20090807)


def drawn_picture(height, width):
    """Something smooth with noise, an even patch and a step in it, as bytes."""
    y, x = np.mgrid[0:height, 0:width]
    picture = 120 + 60 * np.sin(x / 3.1) * np.cos(y / 4.3) + random.normal(0, 12, (height, width))
    picture[4:14, 5:16] = 90
    picture[:, width - 5 :] += 70
    return np.clip(np.rint(picture), 0, 255).astype(np.uint8)


def lbp(picture):
    inner = (slice(2, -2), slice(2, -2))
    return {
        name: local_binary_pattern(picture, P=8, R=2, method=method)[inner].astype(int).tolist()
        for name, method in (("patterns", "default"), ("uniform", "nri_uniform"))
    }


def lpq_vectors():
    """The eight decorrelated functions over the window, shape [8, 49]: V^T M of the paper."""
    size, a, rho = 7, 1 / 7, 0.9
    reach = (size - 1) // 2
    y, x = (part.ravel() for part in np.mgrid[-reach : reach + 1, -reach : reach + 1])
    frequencies = [(a, 0), (0, a), (a, a), (a, -a)]
    waves = [np.exp(-2j * np.pi * (u * x + v * y)) for u, v in frequencies]
    transform = np.array([wave.real for wave in waves] + [wave.imag for wave in waves])
    distance = np.hypot(x[:, None] - x[None, :], y[:, None] - y[None, :])
    covariance = transform @ (rho**distance) @ transform.T
    # Two singular values are double. Of their vectors we want those that a mirror maps to plus or minus themselves: a
    # tiny multiple of the mirror's matrix in the space of the eight functions separates them.
    mirrored = transform[:, np.argsort(y * size - x)]
    mirror = mirrored @ np.linalg.pinv(transform)
    assert np.allclose(mirror @ transform, mirrored) and np.allclose(mirror, mirror.T)
    _, vectors = np.linalg.eigh(covariance + 1e-4 * mirror)
    decorrelated = vectors.T @ covariance @ vectors
    assert np.allclose(decorrelated, np.diag(np.diag(decorrelated)))
    return vectors.T @ transform


def svm():
    count, dimensions, classes = 60, 5, 3
    labels = np.arange(count) % classes
    centres = random.normal(0, 1.5, (classes, dimensions))
    features = centres[labels] + random.normal(0, 1.3, (count, dimensions))
    features = (features * [1, 10, 0.1, 3, 1] + [0, 50, 0, -7, 2]).astype(np.float32)
    scaled = StandardScaler().fit_transform(features.astype(float))
    result = {"features": features.tolist(), "labels": labels.tolist(), "classes": classes, "solutions": []}
    for cost in (0.1, 1.0, 10.0):
        machine = LinearSVC(C=cost, loss="squared_hinge", dual=True, tol=1e-10, max_iter=1_000_000, random_state=0)
        machine.fit(scaled, labels)
        result["solutions"].append({"cost": cost, "scores": machine.decision_function(scaled).tolist()})
    return result


picture = drawn_picture(24, 26)
packages = ("numpy", "scikit-image", "scikit-learn")
print(
    json.dumps(
        {
            "origin": "bench/peers/descriptor_fixtures.py",
            "versions": {name: version(name) for name in packages},
            "picture": picture.tolist(),
            "lbp": lbp(picture),
            "lpqVectors": lpq_vectors().tolist(),
            "svm": svm(),
        }
    )
)
