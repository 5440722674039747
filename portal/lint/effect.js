const effects = new Set(['useEffect', 'useLayoutEffect', 'useInsertionEffect']);

/** The function that a hook runs as an effect, if this call is such a hook. */
function effectOf({ callee, arguments: [effect] }) {
  const name = callee.type === 'MemberExpression' ? callee.property.name : callee.name;
  const written = effect?.type === 'ArrowFunctionExpression' || effect?.type === 'FunctionExpression';
  return effects.has(name) && written ? effect : undefined;
}

/** What may stand after `return` in an effect: a function, or the name of one. */
const cleanUps = new Set(['ArrowFunctionExpression', 'FunctionExpression', 'Identifier']);

/**
 * React calls what an effect returns as its clean-up. A method that returns nothing in one browser may return a promise in
 * the next (`scrollIntoView` does in Chromium 150), and React then fails with "is not a function".
 */
export default {
  meta: {
    type: 'problem',
    schema: [],
    messages: {
      block: 'The arrow of an effect needs a block body: React calls what it returns as the clean-up.',
      async: 'An effect is not async: React would call the promise as the clean-up.',
      cleanUp: 'An effect returns nothing or a function that cleans up. Give the function a name and return that.',
    },
  },
  create(context) {
    const functions = [];
    const written = new Set();
    const enter = (node) => functions.push(node);
    const leave = () => functions.pop();
    return {
      CallExpression(node) {
        const effect = effectOf(node);
        if (!effect) return;
        written.add(effect);
        if (effect.async) context.report({ node: effect, messageId: 'async' });
        else if (effect.expression) context.report({ node: effect.body, messageId: 'block' });
      },
      ArrowFunctionExpression: enter,
      FunctionExpression: enter,
      FunctionDeclaration: enter,
      'ArrowFunctionExpression:exit': leave,
      'FunctionExpression:exit': leave,
      'FunctionDeclaration:exit': leave,
      ReturnStatement(node) {
        if (!written.has(functions.at(-1)) || !node.argument || cleanUps.has(node.argument.type)) return;
        context.report({ node: node.argument, messageId: 'cleanUp' });
      },
    };
  },
};
