/**
 * A rule of ESLint: no chained ops of tensors, `x.mul(y)`. They are there only where the whole of TensorFlow.js is loaded; a
 * program of its core has `tf.mul(x, y)`. `eslint --fix` writes them so.
 */
const REGISTERED_IN = /[\\/]chained_ops[\\/]/;

/** Those that are no functions of `tf`. */
const casts = { toFloat: 'float32', toInt: 'int32', toBool: 'bool' };
const shapes = { asScalar: '', as1D: '-1', flatten: '-1' };

/** The call in another form, of the text of the tensor and of the arguments. */
function unchained(name, tensor, given) {
  if (name === 'concat')
    return `tf.concat([${tensor}, ${given.replace(/, [^,]*$/, '')}]${/, [^,]*$/.exec(given)?.[0] ?? ''})`;
  if (name in casts) return `tf.cast(${tensor}, '${casts[name]}')`;
  if (name in shapes) return `tf.reshape(${tensor}, [${shapes[name]}])`;
  if (/^as\dD$/.test(name)) return `tf.reshape(${tensor}, [${given}])`;
  return `tf.${name}(${[tensor, given].filter(Boolean).join(', ')})`;
}

/** @type {import('eslint').Rule.RuleModule} */
export const noChainedOps = {
  meta: {
    type: 'problem',
    fixable: 'code',
    schema: [],
    messages: {
      chained: '{{ name }} is a chained op, which @tensorflow/tfjs-core alone does not have: {{ instead }}.',
    },
  },
  create(context) {
    const { sourceCode } = context;
    const { program, esTreeNodeToTSNodeMap } = sourceCode.parserServices;
    const checker = program.getTypeChecker();

    const isChained = ({ property }) =>
      checker
        .getSymbolAtLocation(esTreeNodeToTSNodeMap.get(property))
        ?.declarations?.some((declaration) => REGISTERED_IN.test(declaration.getSourceFile().fileName));

    return {
      'MemberExpression[computed=false]'(node) {
        if (!isChained(node)) return;
        const { object, property, parent } = node;
        const isCall = parent.type === 'CallExpression' && parent.callee === node;
        const given = isCall
          ? parent.arguments.map((argument) => sourceCode.getText(argument)).join(', ')
          : '';
        context.report({
          node: property,
          messageId: 'chained',
          data: { name: property.name, instead: unchained(property.name, 'x', given && '…') },
          fix:
            isCall && !node.optional && !parent.optional
              ? (fixer) =>
                  fixer.replaceText(parent, unchained(property.name, sourceCode.getText(object), given))
              : null,
        });
      },
    };
  },
};
