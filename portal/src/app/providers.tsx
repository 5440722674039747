import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { App, ConfigProvider } from 'antd';
import en from 'antd/locale/en_US';
import zh from 'antd/locale/zh_CN';
import type { PropsWithChildren } from 'react';
import { useTranslation } from 'react-i18next';
import { problemOf } from '../api/problem';
import { Appearance, useAppearance } from './appearance';
import { themeOf } from './theme';

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      // What the person has to change is not tried again.
      retry: (failures, error) => failures < 2 && problemOf(error).passing,
    },
  },
});

function Themed({ children }: PropsWithChildren) {
  const { i18n } = useTranslation();
  const { mode } = useAppearance();
  return (
    <ConfigProvider button={{ autoInsertSpace: false }} theme={themeOf(mode)} locale={i18n.language === 'en' ? en : zh}>
      <App>{children}</App>
    </ConfigProvider>
  );
}

export function Providers({ children }: PropsWithChildren) {
  return (
    <QueryClientProvider client={client}>
      <Appearance>
        <Themed>{children}</Themed>
      </Appearance>
    </QueryClientProvider>
  );
}
