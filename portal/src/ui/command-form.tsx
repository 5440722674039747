import { Form, type FormInstance, type FormProps } from 'antd';
import type { ReactNode } from 'react';

/**
 * A form that runs one command: labels above the fields, no asterisks (what is optional says so), and the focus on the first field
 * that is not right. A form that stands beside another with fields of the same names has a `name`, so that each label belongs to its field.
 * Refusals of the platform stand at the fields they are about when its form is given to `useCommand`.
 */
export function CommandForm<Fields extends object>({
  form,
  onSubmit,
  children,
  ...rest
}: {
  form: FormInstance<Fields>;
  onSubmit: (fields: Fields) => unknown;
  children: ReactNode;
} & Pick<FormProps<Fields>, 'name' | 'initialValues' | 'onValuesChange' | 'className' | 'style' | 'preserve'>) {
  return (
    <Form
      form={form}
      layout="vertical"
      requiredMark={false}
      scrollToFirstError={{ focus: true, block: 'center' }}
      onFinish={(fields) => void onSubmit(fields)}
      {...rest}
    >
      {children}
    </Form>
  );
}
