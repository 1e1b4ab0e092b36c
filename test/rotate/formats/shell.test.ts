/** Tests of AMI references in shell scripts and env files. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { A, B, errors, indirect, read, references, SHORT } from './shown.ts';

const ARGUMENT = 'the id is an argument and not assigned to a variable; literal mode moves it';
const HEREDOC = 'the id is in a heredoc; literal mode moves it';
const LONGER = 'the id is part of a longer text; literal mode moves it';

describe('an assigned id is a reference', () => {
  it.each<[string, string, string[]]>([
    ['plainly', `AMI=${A} # our-image 2026-01-01\n`, [`1:5 variable AMI ${A} # our-image 2026-01-01`]],
    ['in quotes', `X="${A}"\nY='${B}'\n`, [`1:4 variable X ${A}`, `2:4 variable Y ${B}`]],
    [
      'by export and similar commands',
      `export A="${A}" B=${B}\nreadonly C='${SHORT}'\ndeclare -r D=${A}\n`,
      [`1:11 variable A ${A}`, `1:36 variable B ${B}`, `2:13 variable C ${SHORT}`, `3:14 variable D ${A}`],
    ],
    [
      'behind other words of the shell',
      `set -e; if true; then AMI=${A}; fi && B=${B} || { C=${SHORT}; }\n`,
      [`1:27 variable AMI ${A}`, `1:60 variable B ${B}`, `1:89 variable C ${SHORT}`].map(
        (line) => expect.stringMatching(line.replace(/^1:\d+/, '^1:\\d+')) as string,
      ),
    ],
    ['for one command', `AMI=${A} make image\n`, [`1:5 variable AMI ${A}`]],
    ['in a function', `f() {\n  local ami=${A}\n}\n`, [`2:13 variable ami ${A}`]],
    [
      'as a default',
      `A="\${A:-${A}}"\nB=\${B-${B}}\n: "\${C:=${SHORT}}"\n`,
      [`1:9 variable A ${A}`, `2:7 variable B ${B}`, `3:9 variable C ${SHORT}`],
    ],
    [
      'to an array',
      `L=(${A}\n  "${B}") # both\n`,
      [`1:4 variable L[0] ${A}`, `2:4 variable L[1] ${B} # both`],
    ],
    [
      'by Region',
      `declare -A M=([us-east-1]=${A} ["eu-west-1"]='${B}')\nM[us-west-2]=${SHORT}\n`,
      [
        `1:27 variable M[us-east-1] ${A} in us-east-1`,
        `1:64 variable M[eu-west-1] ${B} in eu-west-1`,
        `2:14 variable M[us-west-2] ${SHORT} in us-west-2`,
      ],
    ],
    [
      'in a case of a Region',
      `case "$R" in\n  us-east-1) AMI=${A} ;;\n  (eu-west-1)\n    AMI=${B};;\n  *) AMI=${SHORT}\nesac\nZ=${A}\n`,
      [
        `2:18 variable AMI ${A} in us-east-1`,
        `4:9 variable AMI ${B} in eu-west-1`,
        `5:10 variable AMI ${SHORT}`,
        `7:3 variable Z ${A}`,
      ],
    ],
    [
      'in a substitution',
      `V="$(case $x in a) B=${B};; esac; AMI=${A}; run "\${AMI}")"\n`,
      [`1:22 variable B ${B}`, `1:56 variable AMI ${A}`],
    ],
    [
      'in a script that sets one Region',
      `AWS_REGION="eu-north-1"\nAMI=${A}\n`,
      [`2:5 variable AMI ${A} in eu-north-1`],
    ],
    [
      'after a heredoc, a here-string and a shift',
      `cat <<-'E O'\n\tit's\n\tE O\nx=$((1 << 2)); cat <<< "it's"\nAMI=${A}\n`,
      [`5:5 variable AMI ${A}`],
    ],
    ['with CR LF', `AMI=${A}\r\nB="${B}"\r\n`, [`1:5 variable AMI ${A}`, `2:4 variable B ${B}`]],
  ])('%s', (_, text, wanted) => {
    const found = read('deploy.sh', text);
    expect(references(found)).toEqual(wanted);
    expect([...indirect(found), ...errors(found)]).toEqual([]);
  });
});

describe('an id is reported and does not move', () => {
  it.each<[string, string, string[]]>([
    [
      'an argument',
      `aws ec2 run-instances --image-id ${A}\nmake AMI=${B}\n`,
      [`1:34  ${A} // ${ARGUMENT}`, `2:10  ${B} // ${ARGUMENT}`],
    ],
    ['in a heredoc', `cat > c.yaml <<EOF\nCustomAmi: ${A}\nEOF\n`, [`2:12  ${A} // ${HEREDOC}`]],
    [
      'in a heredoc of a substitution',
      `C=$(cat <<EOF\ndon't\nAMI=${A}\nEOF\n)\n`,
      [`3:5  ${A} // ${HEREDOC}`],
    ],
    ['a part of a text', `C="Image:\n  CustomAmi: ${A}"\n`, [`2:14 C ${A} // ${LONGER}`]],
    ['in a text of several lines', `echo 'x\nAMI=${A}\n'\n`, [`2:5  ${A} // ${ARGUMENT}`]],
    ['an expansion that the quotes forbid', `A='\${A:-${A}}'\n`, [`1:9 A ${A} // ${LONGER}`]],
    ['an expansion other than a default', `A=\${A:+${A}}\n`, [`1:8 A ${A} // ${LONGER}`]],
    [
      'compared',
      `[ "$AMI" = ${A} ] || [[ $AMI == "${B}" ]]\n`,
      [`1:12  ${A} // ${ARGUMENT}`, `1:55  ${B} // ${ARGUMENT}`].map(
        (line) => expect.stringContaining(line.slice(line.indexOf(' '))) as string,
      ),
    ],
    ['after a quote that is not closed', `A="x\nAMI=${A}\n`, [`2:5 A ${A} // ${LONGER}`]],
  ])('%s', (_, text, wanted) => {
    const found = read('deploy.sh', text);
    expect(indirect(found)).toEqual(wanted);
    expect([...references(found), ...errors(found)]).toEqual([]);
  });
});

it('ignores comments and longer words', () => {
  const text = `#!/bin/bash\n# AMI=${A}\nx=1 # ${B}\ny=x-${A}\nz=${A}0\n`;
  const found = read('x', text);
  expect([...references(found), ...indirect(found), ...errors(found)]).toEqual([]);
});

it('recognises a script by its first line', () => {
  for (const line of ['#!/bin/sh', '#!/usr/bin/env bash', '#! /usr/local/bin/zsh -e']) {
    expect(references(read('bin/deploy', `${line}\nAMI=${A}\n`))).toEqual([`2:5 variable AMI ${A}`]);
  }
});

it('reads env files line by line, because their quotes differ from those of a shell', () => {
  const text = `AMI=${A}\nMSG=it's\nexport B = "${B}" # x\n# C=${SHORT}\nD='${SHORT}'\r\nE=the ${A}\nF=${A} # y\n`;
  const found = read('prod.env', text);
  expect(references(found)).toEqual([
    `1:5 variable AMI ${A}`,
    `3:13 variable B ${B} # x`,
    `5:4 variable D ${SHORT}`,
    `7:3 variable F ${A} # y`,
  ]);
  expect(indirect(found)).toEqual([`6:7 E ${A} // ${LONGER}`]);
  expect(indirect(read('.env', `G="no # comment ${A}"\n`))).toEqual([`1:17 G ${A} // ${LONGER}`]);
  for (const name of ['.env', 'x/.env.prod']) expect(references(read(name, text))).toHaveLength(4);
});

it('survives endless nesting', () => {
  expect(errors(read('a.sh', `AMI=${A}\n${'$('.repeat(50_000)}`))).toEqual([
    expect.stringMatching(/^ROTATE_SYNTAX 2:\d+ not valid shell, skipped: nested too deeply$/),
  ]);
  expect(errors(read('a.sh', `AMI=${A}\n${'${x:-'.repeat(50_000)}`))).toHaveLength(1);
});

const bash = spawnSync('bash', ['--version']).status === 0;

it.runIf(bash)('agrees with bash about what a script assigns', () => {
  const script = [
    `A=${A} # AMI=${SHORT}`,
    `B="${B}"; C='${SHORT}'`,
    `D="\${D:-${A}}"`,
    `: "\${E:=${B}}"`,
    `declare -A F=([us-east-1]=${SHORT} ["eu-west-1"]="${A}")`,
    `G=(${B} ${A})`,
    `cat > /dev/null <<EOF`,
    `H=${A} it's`,
    `EOF`,
    `I="$(cat <<'EOF'`,
    `J=${A} "`,
    `EOF`,
    `)"`,
    `if [ 1 = 1 ]; then K=${B}; fi`,
    `case us-east-1 in us-east-1) L=${SHORT};; esac`,
    `M='x`,
    `N=${A}'`,
    `O=$((1 << 2))`,
    `P=${A}`,
  ].join('\n');
  const found = read('x.sh', script);
  const names = found.references.map(({ path }) => path);
  expect(names).toEqual('A B C D E F[us-east-1] F[eu-west-1] G[0] G[1] K L P'.split(' '));
  const print = names.map((name) => `echo "\${${name}}"`).join('\n');
  const none = ['H', 'J', 'N'].map((name) => `echo "\${${name}-}"`).join('\n');
  const { stdout, stderr } = spawnSync('bash', ['--norc', '-c', `${script}\n${print}\n${none}`], {
    env: { PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  expect(stdout.split('\n').slice(0, -1)).toEqual([...found.references.map(({ id }) => id), '', '', '']);
});
