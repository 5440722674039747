import { Button } from 'antd';
import { Problem } from '../../api/problem';
import { EmptyState, Failure, Loading, MessagePage, NotAllowed, NotFound, QueryBoundary } from '../states';
import { Section, State } from './section';

const again = () => undefined;

export function StatesSection() {
  return (
    <>
      <Section
        name="QueryBoundary"
        purpose="All states of a query; the page only writes what it shows when there is data."
      >
        <State name="loading">
          <Loading rows={3} />
        </State>
        <State name="no network: it continues by itself">
          <QueryBoundary query={{ data: undefined, error: null, refetch: again, fetchStatus: 'paused' }}>
            {() => null}
          </QueryBoundary>
        </State>
        <State name="failed">
          <QueryBoundary query={{ data: undefined, error: Problem.unreachable(), refetch: again }}>
            {() => null}
          </QueryBoundary>
        </State>
        <State name="data">
          <QueryBoundary query={{ data: '共 208 个组织', error: null, refetch: again }}>
            {(text) => <p>{text}</p>}
          </QueryBoundary>
        </State>
      </Section>
      <Section name="EmptyState" purpose="There is nothing yet, and how that changes.">
        <State name="with and without an action">
          <EmptyState text="您还没有申请加入学会。" action={<Button type="primary">查找学会</Button>} />
          <EmptyState />
        </State>
      </Section>
      <Section name="Failure" purpose="Why it did not work, and what can be done. 403 and 404 have words of their own.">
        <State name="with another try">
          <Failure error={Problem.unreachable()} retry={again} />
        </State>
        <State name="NotAllowed">
          <NotAllowed />
        </State>
        <State name="NotFound">
          <NotFound />
        </State>
      </Section>
      <Section name="MessagePage" purpose="Words in the middle of a page that has nothing else to show.">
        <MessagePage heading="请先登录，再打开这个页面。">
          <Button type="primary">登录</Button>
        </MessagePage>
      </Section>
    </>
  );
}
