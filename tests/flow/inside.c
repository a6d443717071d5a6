/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The requester's inside, for tests that look into the responder's, too: their headers name things alike. */
#include "inside.h"
#include "requester/requester.h"

const struct session_table *requester_sessions(const struct tspdm_requester *r)
{
	return &r->sessions;
}

const struct tspdm_requester_config *requester_config(const struct tspdm_requester *r)
{
	return &r->config;
}

struct tspdm_capabilities *requester_own(struct tspdm_requester *r)
{
	return &r->own;
}

enum tspdm_phase requester_phase(const struct tspdm_requester *r)
{
	return r->c.phase;
}
