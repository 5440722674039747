import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, test } from 'vitest';
import { Demonstration } from './demonstration';

afterEach(() => {
  cleanup();
  delete document.documentElement.dataset['demonstration'];
});

test('a demonstration is called one, and nothing else is', () => {
  const { rerender } = render(<Demonstration />);
  expect(document.querySelector('.demonstration')).toBeNull();
  document.documentElement.dataset['demonstration'] = '';
  rerender(<Demonstration />);
  expect(screen.getByText('demonstration')).toBeTruthy();
});
