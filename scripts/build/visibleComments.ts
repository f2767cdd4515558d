/** Declarations with the comments that an editor shows: not those of what users of the package cannot name or reach. */
import ts from 'typescript';

/** Leaves out the comments of private members, and of declarations that are neither exported nor inherited from. */
export function visibleComments(text: string): string {
  const file = ts.createSourceFile('index.d.ts', text, ts.ScriptTarget.Latest, true);
  const visible = seen(file);
  const hidden = file.statements.flatMap((statement) =>
    namesOf(statement).some((name) => visible.has(name))
      ? membersOf(statement).filter(isHidden).flatMap(commentsUnder)
      : commentsUnder(statement),
  );
  // From the end, so that positions stay right.
  return hidden
    .sort((a, b) => b.pos - a.pos)
    .reduce((rest, { pos, end }) => rest.slice(0, pos) + rest.slice(end), text)
    .replace(/^[ \t]*\n/gm, '');
}

/** The names that are exported, and those that their declarations are made of. */
function seen(file: ts.SourceFile): Set<string> {
  const names = file.statements
    .filter(ts.isExportDeclaration)
    .flatMap(({ exportClause }) =>
      exportClause && ts.isNamedExports(exportClause)
        ? exportClause.elements.map(({ name, propertyName }) => (propertyName ?? name).text)
        : [],
    );
  const found = new Set(names);
  // A set hands out what is added while it is gone through.
  for (const name of found)
    for (const statement of file.statements)
      if (namesOf(statement).includes(name)) basesOf(statement).forEach((base) => found.add(base));
  return found;
}

function namesOf(statement: ts.Statement): string[] {
  if (ts.isVariableStatement(statement))
    return statement.declarationList.declarations.map(({ name }) => name.getText());
  const { name } = statement as { name?: ts.Node };
  return name === undefined ? [] : [name.getText()];
}

function basesOf(statement: ts.Statement): string[] {
  if (
    ts.isTypeAliasDeclaration(statement) ||
    ts.isVariableStatement(statement) ||
    ts.isModuleDeclaration(statement)
  )
    return identifiers(statement);
  if (ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement))
    return (statement.heritageClauses ?? []).flatMap(identifiers);
  return [];
}

const membersOf = (statement: ts.Statement): readonly ts.Node[] =>
  ts.isClassDeclaration(statement) || ts.isInterfaceDeclaration(statement) ? statement.members : [];

function isHidden(member: ts.Node): boolean {
  const flags = ts.getCombinedModifierFlags(member as ts.Declaration);
  return (
    (flags & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0 ||
    ts.getJSDocTags(member).some(({ tagName }) => tagName.text === 'internal')
  );
}

function identifiers(node: ts.Node): string[] {
  const own = ts.isIdentifier(node) ? [node.text] : [];
  return [...own, ...childrenOf(node).flatMap(identifiers)];
}

function commentsUnder(node: ts.Node): ts.Node[] {
  const own = ts.getJSDocCommentsAndTags(node).filter((comment) => comment.parent === node);
  return [...own, ...childrenOf(node).flatMap(commentsUnder)];
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild((child) => void children.push(child));
  return children;
}
