import type { DvcCases } from '../case.ts';
import { better, same } from './templating-case.ts';
import type { TemplatingCase } from './templating-case.ts';

export const context: DvcCases<TemplatingCase> = {
  about: 'Looking names up, and joining files',
  source: 'unit/test_context.py',
  cases: [
    better(
      'A key that is a number',
      { params: '{3: three}', stage: 'cmd: echo ${3}' },
      { s: 'echo three' },
      {
        dvc: 'passes over the key',
        here: 'its digits are its name',
        why: 'the value was written to be used',
      },
    ),
    same('An index of a list', { params: 'list: [1, 2]', stage: 'cmd: echo ${list.0}' }, { s: 'echo 1' }),
    same(
      'An index beyond the end of a list',
      { params: 'list: [1, 2]', stage: 'cmd: echo ${list.2}' },
      /there is no variable "list\.2"/,
    ),
    same('A name that nothing defines', { stage: 'cmd: echo ${baz}' }, /there is no variable "baz"/),
    same(
      'A key of a map in a list',
      { params: 'list: [{a: 0}, {b: 1}]', stage: 'cmd: echo ${list.1.b}' },
      { s: 'echo 1' },
    ),
    same(
      'A key of a map in a list that another map of it has',
      { params: 'list: [{a: 0}, {b: 1}]', stage: 'cmd: echo ${list.1.a}' },
      /there is no variable "list\.1\.a"/,
    ),
    same(
      'Maps of one name in two files are joined key by key',
      {
        params: 'train: {us: {rate: 10}}',
        vars: '[more.yaml]',
        stage: 'cmd: echo ${train.us.rate} ${train.us.layers}',
        others: { 'more.yaml': 'train: {us: {layers: 100}}' },
      },
      { s: 'echo 10 100' },
    ),
    same(
      'A key that both files have is refused',
      {
        params: 'train: {us: {rate: 10}}',
        vars: '[more.yaml]',
        stage: 'cmd: echo ${train.us.rate}',
        others: { 'more.yaml': 'train: {us: {rate: 15}}' },
      },
      /train\.us\.rate/,
    ),
    same(
      'Lists are never joined',
      {
        params: 'list: [1, 2, 3]',
        vars: '[more.yaml]',
        stage: 'cmd: echo ${list[0]}',
        others: { 'more.yaml': 'list: [4]' },
      },
      /"?list"?/,
    ),
    same(
      'A value that only a template names counts as an input of the stage',
      { params: 'map: {a: 1, b: 2}', stage: 'cmd: echo ${map.a}' },
      { s: 'echo 1' },
    ),
    same(
      'So does one of a map that two files give together',
      {
        params: 'train: {us: {rate: 10}}',
        vars: '[more.yaml]',
        stage: 'cmd: echo ${train.us.layers}',
        others: { 'more.yaml': 'train: {us: {layers: 100}}' },
      },
      { s: 'echo 100' },
    ),
    same(
      'A template as the path of an output, and one as its option',
      {
        params: 'map: {path: place, keep: true}',
        stage: 'cmd: echo\nouts: [{"${map.path}": {persist: "${map.keep}"}}]',
      },
      { s: { outs: ['place'], persisted: ['place'] } },
    ),
    same(
      'true and false in text are written as YAML writes them',
      { params: '{on: true, off: false}', stage: 'cmd: echo --flag ${on} --flag ${off}' },
      { s: 'echo --flag true --flag false' },
    ),
    same(
      'A params file that is named and does not exist',
      { vars: '[params.yaml]', stage: 'cmd: echo' },
      /params\.yaml does not exist/,
    ),
    same(
      'A directory that is named as a params file',
      { vars: '[data]', stage: 'cmd: echo', others: { 'data/inside.yaml': '' } },
      /data is a directory/,
    ),
  ],
};
