/* What a value in a file may look like. Each gives NULL, or what is wrong and what to write: "is not …; write …". */
#ifndef MODEL_CHECK_H
#define MODEL_CHECK_H

const char *check_name(
    const char *text); /* of a switch, server, role …: it may become a file name or a screen's column */
const char *check_secret_name(const char *text); /* of a credential: a name of at most 32 */
const char *check_host(const char *text);        /* IPv4, IPv6 or a host name (RFC 1123) */
const char *check_ip(const char *text);
const char *check_prefix(const char *text);    /* 10.1.0.1/31, 2001:db8::1/64 */
const char *check_interface(const char *text); /* Ethernet49/1, xe-0/0/0:1, Et1, 1/1/49 */
const char *check_serial(const char *text);
const char *check_mac(const char *text);      /* the four usual spellings */
const char *check_port(const char *text);     /* of a console server: a number or a label */
const char *check_url(const char *text);      /* http: or https:, without a password */
const char *check_variable(const char *text); /* name of an environment variable */
const char *check_not_empty(const char *text);
const char *check_version(const char *text);
const char *check_hex(const char *text);

#endif
