import { SearchOutlined } from '@ant-design/icons';
import { Button } from 'antd';
import { useState } from 'react';
import { Chip, Choice, Notice, SearchField, Toggle } from '../controls';
import { QrCode } from '../qr-code';
import { Section, State } from './section';

const kinds = [
  { value: 'all', label: '全部' },
  { value: 'society', label: '全国学会' },
  { value: 'region', label: '地方科协' },
] as const;

export function ControlsSection() {
  const [typed, setTyped] = useState('');
  const [kind, setKind] = useState<(typeof kinds)[number]['value']>('all');
  return (
    <>
      <Section name="Button" purpose="What can be done. One primary button a page; danger for what does harm.">
        <State name="kinds, busy, disabled">
          <div className="toolbar">
            <Button type="primary">申请入会</Button>
            <Button>修改</Button>
            <Button danger>停用</Button>
            <Button type="text">取消选择</Button>
            <Button type="link">先保存，稍后再填</Button>
            <Button type="primary" loading>
              正在保存
            </Button>
            <Button disabled>不能再改</Button>
            <Button size="small">表格里的按钮</Button>
          </div>
        </State>
      </Section>
      <Section
        name="SearchField"
        purpose="A line to search by. Text from an input method is reported when it is complete."
      >
        <State name="empty, or with the button that clears it">
          <SearchField
            value={typed}
            label="查找学会"
            placeholder="输入名称的一部分"
            action={<SearchOutlined aria-label="查找" />}
            onChange={setTyped}
            onSearch={setTyped}
          />
        </State>
      </Section>
      <Section
        name="Choice, Toggle"
        purpose="One of many in the browser's own list; one of two or three that are all in view."
      >
        <State name="Choice">
          <Choice value={kind} label="组织类型" options={kinds} onChange={setKind} />
        </State>
        <State name="Toggle">
          <Toggle value={kind} label="组织类型" options={kinds} onChange={setKind} />
        </State>
      </Section>
      <Section name="Chip, Notice" purpose="A word about something; where something stands, in the middle of a page.">
        <State name="Chip">
          <Chip>学术交流</Chip> <Chip warm>仅余 3 个名额</Chip>
        </State>
        {(['info', 'good', 'warm'] as const).map((look) => (
          <State key={look} name={`Notice ${look}`}>
            <Notice kind={look} title="报名已截止">
              可以看看其他活动。
            </Notice>
          </State>
        ))}
      </Section>
      <Section name="QrCode" purpose="A code drawn in the page, dark on white in both appearances.">
        <div style={{ width: 168 }}>
          <QrCode text="https://example.org/v/token" label="示例二维码" />
        </div>
      </Section>
    </>
  );
}
