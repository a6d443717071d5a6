/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Key logs: the secrets that open a capture, a line each, in the manner of SSLKEYLOGFILE. */
#ifndef EXAMPLES_KEYLOG_H
#define EXAMPLES_KEYLOG_H

#include <tspdm/observer.h>

#include "common.h"

struct keylog;

/* Opens the file to add to it; one that is new is for its owner alone, one that others could read or that is somebody
 * else's is refused. Warns on standard error. */
bool keylog_open(struct keylog **out, const char *program, const char *path, char *why);
/* NULL is allowed. */
void keylog_close(struct keylog *log);
/* What roles are configured with; nothing for NULL. */
struct tspdm_key_log_hook keylog_hook(struct keylog *log);

#endif
