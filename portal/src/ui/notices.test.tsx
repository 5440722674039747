import { cleanup, configure, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { NoticeProvider, useNotices } from './notices';

// What announces is loaded on first use, which takes its time on a busy machine.
vi.setConfig({ testTimeout: 60_000 });
configure({ asyncUtilTimeout: 20_000 });

function Page({ onConfirm }: { onConfirm: () => void }) {
  const { message, confirm } = useNotices();
  return (
    <>
      <button type="button" onClick={() => message.warning('这份会籍刚刚有了变化')}>
        提示
      </button>
      <button type="button" onClick={() => confirm({ title: '退会？', okText: '退出学会', onOk: onConfirm })}>
        询问
      </button>
    </>
  );
}

beforeEach(() => {
  vi.stubGlobal('matchMedia', () => ({
    matches: false,
    addListener: () => undefined,
    removeListener: () => undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  }));
});
afterEach(cleanup);

test('a message is announced and a question is asked, although what does so is loaded on first use', async () => {
  const done = vi.fn();
  render(
    <NoticeProvider>
      <Page onConfirm={done} />
    </NoticeProvider>,
  );
  fireEvent.click(screen.getByRole('button', { name: '提示' }));
  expect(await screen.findByText('这份会籍刚刚有了变化')).toBeTruthy();
  fireEvent.click(screen.getByRole('button', { name: '询问' }));
  fireEvent.click(await screen.findByRole('button', { name: '退出学会' }));
  expect(done).toHaveBeenCalledOnce();
});
