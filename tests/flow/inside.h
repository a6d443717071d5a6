/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester's inside. */
#ifndef TEST_INSIDE_H
#define TEST_INSIDE_H

#include <tspdm/requester.h>

#include "core/session.h"

const struct session_table *requester_sessions(const struct tspdm_requester *r);
/* What it announces; a test may change that. */
struct tspdm_capabilities *requester_own(struct tspdm_requester *r);
enum tspdm_phase requester_phase(const struct tspdm_requester *r);
const struct tspdm_requester_config *requester_config(const struct tspdm_requester *r);

#endif
