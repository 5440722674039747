import { randomInt } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';

/** Set by `./cast test browser`, or by hand for a platform that runs. */
function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; run ./cast test browser`);
  return value;
}

/** Where the portal is. */
export const portal = setting('CAST_PUBLIC_URL');

/** The password of the demo accounts (seeds/demo-accounts.csv); the platform refuses it to all other accounts. */
export const password = 'wangshang-kexie-2026';

/** The password of all people made up here. */
export const ownPassword = 'journey by screen 1958';

/** 中国计算机学会, in which the demo staff work. */
export const society = '中国计算机学会';

/** The demo accounts by what they do. */
export const staff = {
  reviewer: '+8619900000002',
  approver: '+8619900000003',
  activityDesk: '+8619900000004',
  administrator: '+8619900000005',
  leader: '+8619900000006',
  system: '+8619900000007',
  security: '+8619900000008',
  headquarters: '+8619900000010',
  /** The second of the two who propose and decide roles of the platform. */
  otherSecurity: '+8619900000014',
} as const;

const pick = () => '清和明远思齐若水景行知微怀瑾书瑶望舒云帆'.charAt(randomInt(20));

/** A person who has no account yet, with a mail address of their own and an identity number that was never given out. */
export const stranger = () => made(new Date(Date.UTC(1950, 0, 1 + randomInt(18_000))));

/** The same at the age of about ten: a guardian has to agree before the real name counts. */
export const child = () => made(new Date(Date.now() - (3_650 + randomInt(300)) * 86_400_000));

function made(birth: Date) {
  const born = birth.toISOString().slice(0, 10).replaceAll('-', '');
  // The area 119901 does not exist (GB/T 2260); the check character is that of GB 11643.
  const digits = `119901${born}${String(randomInt(1_000)).padStart(3, '0')}`;
  return {
    address: `p${Date.now()}${randomInt(1_000)}@journey.example`,
    name: `林${pick()}${pick()}`,
    residentId: digits + checkCharacter(digits),
  };
}

/** ISO 7064 MOD 11-2. */
function checkCharacter(digits: string): string {
  const sum = Array.from(digits).reduce((p, digit) => ((p + Number(digit)) * 2) % 11, 0);
  return '0123456789X'.charAt((12 - sum) % 11);
}

/** The newest code that was sent to an address. The message is on its way when the request is answered. */
export const codeFor = (address: string): Promise<string> => vi.waitFor(() => codeIn(address), { timeout: 10_000 });

/** In development messages are kept in files instead of being sent. */
function codeIn(address: string): string {
  const folder = setting('CAST_MAILBOX');
  for (const file of readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .reverse()) {
    const message = JSON.parse(readFileSync(join(folder, file), 'utf8')) as { to: string; code?: string };
    if (message.to === address && message.code) return message.code;
  }
  throw new Error(`no code was sent to ${address}`);
}
