export { CertificateButton } from './certificate-button';
