/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Asking for new keys. A responder cannot speak first: that it is time is noticed, and told, when the requester comes. */
#include <string.h>

#include "rekey.h"

enum { S_US = 1000000 };

static bool is_listed(const uint32_t *ids, size_t count, uint32_t id)
{
	for (size_t i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* The entry of a session; 0: a free one, of which there are as many as sessions. */
static unsigned find(const struct rekey *rekey, uint32_t session)
{
	unsigned i = 0;

	while (i < SESSIONS - 1 && rekey->all[i].session != session)
		i++;
	return i;
}

static void ask(struct tspdm_responder *responder, uint32_t session, const char *peer)
{
	if (tspdm_responder_ask_key_update(responder, session) != TSPDM_OK)
		return; /* it was asked for already, or the requester cannot */
	log_line(LOG_INFO, "key-update", json_pack("{ss}", "peer", peer), "%s: session %08x: new keys are wanted", peer,
		session);
}

void rekey_settle(struct rekey *rekey, struct tspdm_responder *responder, const struct options *o, const char *peer)
{
	uint64_t now_us = tspdm_now_us(), period_us = (uint64_t)o->update_keys_s * S_US;
	uint32_t ids[SESSIONS];
	size_t count = tspdm_responder_sessions(responder, ids, SESSIONS);

	if (o->update_keys_s == 0)
		return;
	if (count > SESSIONS)
		count = SESSIONS;
	for (unsigned i = 0; i < SESSIONS; i++)
		if (!is_listed(ids, count, rekey->all[i].session))
			rekey->all[i].session = 0;
	for (size_t i = 0; i < count; i++) {
		unsigned at = find(rekey, ids[i]);

		if (rekey->all[at].session != ids[i]) {
			at = find(rekey, 0);
			rekey->all[at].session = ids[i];
			rekey->all[at].due_us = now_us + period_us;
		} else if (now_us >= rekey->all[at].due_us) {
			ask(responder, ids[i], peer);
			rekey->all[at].due_us = now_us + period_us;
		}
	}
}
