import { CheckCircleOutlined, CloseCircleOutlined, ExclamationCircleOutlined, QrcodeOutlined } from '@ant-design/icons';
import { useQuery } from '@tanstack/react-query';
import { Alert, Button, Form, Input, type InputRef } from 'antd';
import { useEffect, useRef, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useParams } from 'react-router';
import { answer, api, type Schema } from '../../../api/client';
import type { Problem } from '../../../api/problem';
import { useCommand } from '../../../ui/command';
import { CommandForm } from '../../../ui/command-form';
import { useMoment } from '../../../ui/moment';
import { QueryBoundary } from '../../../ui/states';
import { activityQuery } from '../../../api/activities';
import { canScan, useCamera } from './camera';
import './check-in.css';

type Outcome = { done: Schema<'CheckInResponse'> } | { problem: Problem };

/** Checks in one ticket after the other, by camera, scanner or keyboard. */
export function CheckIn() {
  const { activityId = '' } = useParams();
  const activity = useQuery(activityQuery(activityId));
  return <QueryBoundary query={activity}>{(found) => <CheckInDesk activity={found} />}</QueryBoundary>;
}

function CheckInDesk({ activity }: { activity: Schema<'Activity'> }) {
  const { t } = useTranslation('activities-manage');
  const moment = useMoment();
  const [form] = Form.useForm<{ ticket?: string }>();
  const { run, busy } = useCommand(form);
  const [count, setCount] = useState(0);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [camera, setCamera] = useState(false);
  const input = useRef<InputRef>(null);

  const show = (outcome: Outcome) => {
    setOutcome(outcome);
    form.setFieldValue('ticket', '');
    input.current?.focus();
  };
  const check = async (ticket: string) => {
    const done = await run(
      (header) =>
        answer(
          api.POST('/v1/activities/{activityId}:checkIn', {
            params: { path: { activityId: activity.activityId }, header },
            body: { ticket },
          }),
        ),
      {
        sends: ticket,
        single: true,
        onProblem: (problem) => {
          show({ problem });
          return true;
        },
      },
    );
    if (!done) return;
    show({ done });
    if (!done.repeated) setCount((now) => now + 1);
  };
  const { video, failed } = useCamera(camera, (ticket) => void check(ticket));
  useEffect(() => {
    input.current?.focus();
  }, []);
  return (
    <>
      <p className="soft">
        {activity.title} · {moment.range(activity.startsAt, activity.endsAt)}
      </p>
      <p className="check-counts">
        <span>
          {t('checkIn.count')} <b>{count}</b>
        </span>
        <span>
          {t('checkIn.seats')} <b>{activity.seatsTaken}</b>
        </span>
      </p>
      <div className="check">
        <section className="check-input">
          {canScan && (
            <>
              <Button icon={<QrcodeOutlined aria-hidden />} onClick={() => setCamera((on) => !on)}>
                {t(camera && !failed ? 'checkIn.stop' : 'checkIn.camera')}
              </Button>
              {camera && !failed && <video ref={video} muted playsInline aria-label={t('checkIn.camera')} />}
              {camera && failed && <Alert type="warning" showIcon title={t('checkIn.noCamera')} />}
            </>
          )}
          <CommandForm form={form} onSubmit={({ ticket = '' }) => check(ticket.trim())}>
            <Form.Item
              name="ticket"
              label={t('checkIn.input')}
              extra={t('checkIn.hint')}
              rules={[{ required: true, whitespace: true, message: t('checkIn.empty') }]}
            >
              <Input ref={input} maxLength={2000} autoComplete="off" spellCheck={false} />
            </Form.Item>
            <Button type="primary" htmlType="submit" size="large" block loading={busy}>
              {t('checkIn.submit')}
            </Button>
          </CommandForm>
        </section>
        <Result outcome={outcome} />
      </div>
    </>
  );
}

/** Large enough to be read at arm's length, in a sign, in words and in a colour. */
function Result({ outcome }: { outcome: Outcome | null }) {
  const { t } = useTranslation('activities-manage');
  const moment = useMoment();
  if (!outcome) {
    return (
      <section className="check-result" role="status">
        <QrcodeOutlined aria-hidden className="soft" />
        <h2>{t('checkIn.ready')}</h2>
        <p className="soft">{t('checkIn.readyHint')}</p>
      </section>
    );
  }
  if ('problem' in outcome) {
    const { problem } = outcome;
    return (
      <section className="check-result no" role="alert">
        <CloseCircleOutlined aria-hidden className="bad" />
        <h2>{t('checkIn.no')}</h2>
        <p>{problem.status === 0 ? t('checkIn.offline') : problem.title}</p>
        {problem.detail && <p className="soft">{problem.detail}</p>}
      </section>
    );
  }
  const { registration, repeated, creditedMinutes } = outcome.done;
  return (
    <section className={`check-result ${repeated ? 'again' : 'ok'}`} role="status">
      {repeated ? <ExclamationCircleOutlined aria-hidden /> : <CheckCircleOutlined aria-hidden className="good" />}
      <h2>{registration?.personName || t('checkIn.guest')}</h2>
      <p>
        <strong>{t(repeated ? 'checkIn.again' : 'checkIn.ok')}</strong>
      </p>
      {repeated && registration?.checkedInAt && (
        <p className="soft">{t('checkIn.againHint', { at: moment.exact(registration.checkedInAt) })}</p>
      )}
      {!repeated && creditedMinutes > 0 && <p className="soft">{t('checkIn.minutes', { count: creditedMinutes })}</p>}
    </section>
  );
}
