"""Trust, said once for IMAP and SMTP: the library defaults of imaplib and smtplib verify nothing (reliability.md, finding 2)."""

import ssl

from mailbot.domain.errors import ServerSettingsError
from mailbot.domain.servers import Server


def tls_context(server: Server) -> ssl.SSLContext:
    """The system's authorities, and the private one where given. Certificates and host names are checked, always."""
    context = ssl.create_default_context()
    if server.ca_file is not None:
        try:
            context.load_verify_locations(server.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise ServerSettingsError(f"证书文件 {server.ca_file} 读不出来，请检查 MAILBOT_CA_FILE。", detail=str(error)) from error
    return context
