/**
 * What the sources say of the functions and classes of `src`: their parameters, and the keys of the objects that these
 * take. Read from the sources, so that a new export or option is known by itself. Syntax only: types stay texts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

export interface Parameter {
  name: string;
  /** As the source writes it. */
  type: string;
  /** Key → type, where the type is an object that `src` declares. */
  keys: Readonly<Record<string, string>>;
}

const SRC = join(__dirname, '../../src');

const functions = new Map<string, ts.FunctionDeclaration>();
const classes = new Map<string, ts.ClassDeclaration>();
const interfaces = new Map<string, ts.InterfaceDeclaration>();

for (const name of readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((n) => n.endsWith('.ts'))) {
  const source = ts.createSourceFile(
    name,
    readFileSync(join(SRC, name), 'utf8'),
    ts.ScriptTarget.Latest,
    true,
  );
  for (const statement of source.statements) {
    if (ts.isFunctionDeclaration(statement) && statement.name && isExported(statement))
      functions.set(`${name} ${statement.name.text}`, statement);
    if (ts.isClassDeclaration(statement) && statement.name && isExported(statement))
      classes.set(statement.name.text, statement);
    // A mixin: its class goes by the function's name.
    const mixed =
      ts.isFunctionDeclaration(statement) && statement.body?.statements.find(ts.isClassDeclaration);
    if (mixed) classes.set(statement.name!.text, mixed);
    if (ts.isInterfaceDeclaration(statement)) interfaces.set(statement.name.text, statement);
  }
}

/** Name → file, without its ending, of all that `index.ts` exports, and of what `layers` holds. */
const FILES = new Map([
  ...namesIn('index.ts', 'export', ''),
  ...namesIn('layers/family.ts', 'import', 'layers/').map(
    ([name, file]) => [`layers.${name}`, file] as const,
  ),
]);

function namesIn(source: string, word: string, folder: string): Array<readonly [name: string, file: string]> {
  const lines = new RegExp(`${word} \\{([^}]*)\\} from '\\./([^']*)'`, 'g');
  return [...readFileSync(join(SRC, source), 'utf8').matchAll(lines)].flatMap(([, names, file]) =>
    names!.split(',').map((name) => [name.trim(), `${folder}${file!}`] as const),
  );
}

/** Of an export of the package: a function, or the constructor of a class. */
export function parametersOf(name: string): Parameter[] {
  const declared =
    functions.get(`${FILES.get(name)!}.ts ${name.split('.').at(-1)!}`) ??
    classes.get(name)?.members.find(ts.isConstructorDeclaration);
  return (declared?.parameters ?? []).map(parameter);
}

/** The public methods of a class by their names, inherited ones of `src` too. */
export function methodsOf(name: string): Record<string, Parameter[]> {
  const declared = classes.get(name);
  if (declared === undefined) return {};
  const inherited = bases(declared).map(methodsOf);
  const own = declared.members
    .filter(ts.isMethodDeclaration)
    .filter((method) => !modifiers(method).some((kind) => HIDDEN.includes(kind)))
    .map((method) => [method.name.getText(), method.parameters.map(parameter)] as const);
  return Object.assign({}, ...inherited, Object.fromEntries(own)) as Record<string, Parameter[]>;
}

const HIDDEN = [ts.SyntaxKind.PrivateKeyword, ts.SyntaxKind.ProtectedKeyword, ts.SyntaxKind.StaticKeyword];

function parameter(declared: ts.ParameterDeclaration): Parameter {
  const type = declared.type?.getText() ?? 'unknown';
  return { name: declared.name.getText(), type, keys: keysIn(declared.type) };
}

/** Those of every object type that is named or written out in a type. */
function keysIn(type: ts.Node | undefined): Record<string, string> {
  if (type === undefined) return {};
  if (ts.isPropertySignature(type)) return { [type.name.getText()]: type.type?.getText() ?? 'unknown' };
  const keys = ts.isTypeReferenceNode(type) ? keysOf(type.typeName.getText()) : {};
  type.forEachChild((child) => void Object.assign(keys, keysIn(child)));
  return keys;
}

function keysOf(name: string): Record<string, string> {
  const declared = interfaces.get(name);
  if (declared === undefined) return name === 'LayerArgs' ? { ...LAYER_ARGS } : {};
  const inherited = bases(declared).map(keysOf);
  return Object.assign({}, ...inherited, ...declared.members.map(keysIn)) as Record<string, string>;
}

/** TensorFlow.js declares them. */
const LAYER_ARGS = {
  inputShape: 'number[]',
  batchInputShape: 'number[]',
  batchSize: 'number',
  dtype: "'float32' | 'int32'",
  name: 'string',
  trainable: 'boolean',
  weights: 'tf.Tensor[]',
};

function bases(declared: ts.ClassDeclaration | ts.InterfaceDeclaration): string[] {
  return (declared.heritageClauses ?? [])
    .filter(({ token }) => token === ts.SyntaxKind.ExtendsKeyword)
    .flatMap(({ types }) => types.flatMap(({ expression }) => namesOf(expression)));
}

/** `Base`, or of `mixin(Base)` both. */
const namesOf = (base: ts.Expression): string[] =>
  ts.isCallExpression(base)
    ? [base.expression, ...base.arguments].map((part) => part.getText())
    : [base.getText()];

function modifiers(node: ts.MethodDeclaration): ts.SyntaxKind[] {
  return (node.modifiers ?? []).map(({ kind }) => kind);
}

function isExported(node: ts.FunctionDeclaration | ts.ClassDeclaration): boolean {
  return (node.modifiers ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
}
