import { RuleTester } from 'eslint';
import { afterAll, describe, it } from 'vitest';
import rule from './effect';

RuleTester.describe = describe;
RuleTester.it = it;
RuleTester.afterAll = afterAll;

new RuleTester().run('effect', rule, {
  valid: [
    'useEffect(() => { element.scrollIntoView(); }, []);',
    'useEffect(() => { if (!on) return; const stop = listen(); return stop; }, [on]);',
    'React.useLayoutEffect(() => { const timer = setTimeout(act, 1); return () => clearTimeout(timer); });',
    'useEffect(() => { const read = async () => { return await fetch("/"); }; void read(); return undefined; }, []);',
    'useMemo(() => draw(text), [text]);',
    'useEffect(start, []);',
  ],
  invalid: [
    { code: 'useEffect(() => element.scrollIntoView(), []);', errors: [{ messageId: 'block' }] },
    { code: 'useEffect(() => void refetch(), []);', errors: [{ messageId: 'block' }] },
    { code: 'React.useEffect(() => onChange(act), []);', errors: [{ messageId: 'block' }] },
    { code: 'useLayoutEffect(() => { return element.focus(); }, []);', errors: [{ messageId: 'cleanUp' }] },
    { code: 'useEffect(function () { if (on) { return listen(); } }, []);', errors: [{ messageId: 'cleanUp' }] },
    { code: 'useEffect(async () => { await act(); }, []);', errors: [{ messageId: 'async' }] },
  ],
});
