import { Button } from 'antd';
import { useState } from 'react';
import { Problem } from '../../api/problem';
import { Fact, FactGrid } from '../fact-grid';
import { MoreButton } from '../more-button';
import type { PagedQuery } from '../paged-list';
import { ResourceTable } from '../resource-table';
import { EmptyState } from '../states';
import { Section, State } from './section';

interface Member {
  number: string;
  name: string;
  state: string;
}
interface Page {
  members: Member[];
}

const first: Page = {
  members: [
    { number: 'S0100000017', name: '王小明', state: '有效' },
    { number: 'S0100000025', name: '李雷', state: '已暂停' },
  ],
};
const second: Page = { members: [{ number: 'S0100000033', name: '韩梅梅', state: '有效' }] };

const query = (more: Partial<PagedQuery<Page>>): PagedQuery<Page> => ({
  data: undefined,
  error: null,
  refetch: () => undefined,
  hasNextPage: false,
  isFetchingNextPage: false,
  fetchNextPage: () => undefined,
  ...more,
});

function Table({ of }: { of: PagedQuery<Page> }) {
  return (
    <ResourceTable
      query={of}
      rowsOf={(page) => page.members}
      keyOf={({ number }) => number}
      columns={[
        { name: '会员号', mono: true, cell: ({ number }) => number },
        { name: '姓名', cell: ({ name }) => name },
        { name: '状态', cell: ({ state }) => state },
      ]}
      actions={() => <Button size="small">暂停会籍</Button>}
      empty={<EmptyState text="还没有会员。" />}
      lines={3}
    />
  );
}

export function ListsSection() {
  const [pages, setPages] = useState([first]);
  return (
    <>
      <Section name="ResourceTable" purpose="A table of a resource, page by page. Below 700 px each row is a card.">
        <State name="filled, with more to come">
          <Table
            of={query({
              data: { pages, pageParams: [] },
              hasNextPage: pages.length < 2,
              fetchNextPage: () => setPages([first, second]),
            })}
          />
        </State>
        <State name="empty">
          <Table of={query({ data: { pages: [{ members: [] }], pageParams: [] } })} />
        </State>
        <State name="loading">
          <Table of={query({})} />
        </State>
        <State name="failed">
          <Table of={query({ error: Problem.unreachable() })} />
        </State>
      </Section>
      <Section name="MoreButton" purpose="Loads the next page of any list; PagedList and ResourceTable bring it along.">
        {(['centred', 'line', 'link'] as const).map((look) => (
          <State key={look} name={look}>
            <MoreButton query={query({ hasNextPage: true })} look={look} />
          </State>
        ))}
        <State name="loading">
          <MoreButton query={query({ hasNextPage: true, isFetchingNextPage: true })} />
        </State>
      </Section>
      <Section name="FactGrid, Fact" purpose="Facts about one thing; a fact without a value says that none was given.">
        <FactGrid>
          <Fact name="工作或学习单位">某大学</Fact>
          <Fact name="职务或职称">{''}</Fact>
        </FactGrid>
      </Section>
      <Section
        name="stack, paper, facts, quick"
        purpose="Classes of content.css: a list of cards, a card, facts in lines, short ways."
      >
        <ul className="stack">
          <li className="stack-item now">
            <div>
              <div className="stack-head">
                <h3>中国计算机学会</h3>
              </div>
              <p className="soft">退回原因：工作单位请填写全称。</p>
            </div>
            <div className="stack-acts">
              <Button type="primary">去修改</Button>
            </div>
          </li>
        </ul>
        <section className="paper">
          <dl className="facts">
            <div>
              <dt>科协号</dt>
              <dd>1101 0519 4912 3100</dd>
            </div>
            <div>
              <dt>姓名</dt>
              <dd>王*明</dd>
            </div>
          </dl>
        </section>
        <ul className="quick">
          <li>
            <a href="#quick">
              <strong>会员证</strong>
              <span>出示二维码</span>
            </a>
          </li>
        </ul>
      </Section>
    </>
  );
}
