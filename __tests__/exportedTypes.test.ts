/**
 * Whoever writes TypeScript can name what he hands to a layer and what he gets from it: each type of the layers that a
 * signature of the package mentions is exported too. Read from the sources by syntax alone.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const SRC = join(__dirname, '../src');

type Declared = ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration;

/** Those that other files may name, of the layers. */
const types = new Map<string, Declared>();
/** By file and name. */
const callables = new Map<string, ts.SignatureDeclaration>();
const parsed = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) =>
    ts.createSourceFile(name, readFileSync(join(SRC, name), 'utf8'), ts.ScriptTarget.Latest, true),
  );

for (const [statement, file] of parsed.flatMap(({ statements, fileName }) =>
  statements.map((statement) => [statement, fileName.replace(/\.ts$/, '')] as const),
)) {
  if (ts.isFunctionDeclaration(statement) && statement.name)
    callables.set(`${file} ${statement.name.text}`, statement);
  if (ts.isVariableStatement(statement))
    for (const { name, initializer } of statement.declarationList.declarations)
      if (initializer && ts.isArrowFunction(initializer))
        callables.set(`${file} ${name.getText()}`, initializer);
  const isType =
    ts.isInterfaceDeclaration(statement) ||
    ts.isTypeAliasDeclaration(statement) ||
    ts.isClassDeclaration(statement);
  if (isType && statement.name && /^(layers\/|distribution)/.test(file) && isExported(statement))
    types.set(statement.name.text, statement);
}

function isExported(node: Declared): boolean {
  return ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;
}

/** Name → file of what a file exports, or imports. */
const namesIn = (file: string, word: string, folder: string): Array<[name: string, file: string]> =>
  [
    ...readFileSync(join(SRC, file), 'utf8').matchAll(
      new RegExp(`${word} (?:type )?\\{([^}]*)\\} from '\\./([^']*)'`, 'g'),
    ),
  ].flatMap(([, names, from]) =>
    names!
      .split(',')
      .map((name): [string, string] => [name.trim().replace(/^type /, ''), `${folder}${from!}`])
      .filter(([name]) => name !== ''),
  );

const exported = new Map(namesIn('index.ts', 'export', ''));
const layers = namesIn('layers/family.ts', 'import', 'layers/');

const isHidden = (node: ts.Node): boolean =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) =>
    [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword].includes(kind),
  );

/** The types of `src` that a signature or a declaration mentions by name. */
function mentioned(node: ts.Node): string[] {
  if (isHidden(node) || ts.isBlock(node)) return [];
  const own = ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) ? [node.typeName.text] : [];
  const found: string[] = [...own];
  // Not what a class comes from, nor how a constant is made.
  const isSkipped = (child: ts.Node): boolean => ts.isHeritageClause(child) && ts.isClassDeclaration(node);
  node.forEachChild((child) => {
    if (!isSkipped(child) && !(ts.isArrowFunction(node) && child === node.body))
      found.push(...mentioned(child));
  });
  return found.filter((name) => types.has(name));
}

test('each type that the package’s signatures mention is exported', () => {
  const from = [...exported, ...layers].flatMap(
    ([name, file]) => callables.get(`${file} ${name}`) ?? types.get(name) ?? [],
  );
  // A test of nothing would pass.
  expect(from.length).toBeGreaterThan(60);
  const missing = from.flatMap((node) =>
    mentioned(node)
      .filter((name) => !exported.has(name) && !INTERNAL.includes(name))
      .map((name) => `${(node as { name?: ts.Node }).name?.getText() ?? 'a function'}: ${name}`),
  );
  expect([...new Set(missing)]).toEqual([]);
});

/** What TensorFlow.js, or the rest of the package, takes from a layer and gives it. */
const INTERNAL = ['Shape', 'Kwargs', 'Place', 'PriorPart', 'LayerArgs'];
