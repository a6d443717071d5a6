/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * One connection of a capture: an observer, and who speaks where the transport does not tell. */
#include <stdlib.h>
#include <string.h>

#include <tspdm/secret.h>

#include "dump.h"

enum { CODE_IS_REQUEST = 0x80, SLOT_DIGIT = '0' };

struct flow {
	struct material *material;
	unsigned number;
	const struct tspdm_binding *binding;
	bool was_request;
	bool is_reversed; /* who connected is the responder (role inquiry) */
	struct tspdm_observer *observer;
	uint8_t *chunks;
};

static void see(void *context, const struct tspdm_seen *seen)
{
	struct flow *f = context;

	report_seen(f->material->report, f->number, seen);
}

static bool find_secret(void *context, const struct tspdm_secret_name *name, struct tspdm_buffer *out)
{
	struct flow *f = context;

	return secrets_find(&f->material->secrets, name, out);
}

/* [requester:|responder:][SLOT:]FILE, as the options say it; the files are in memory. */
static bool give_chain(struct flow *f, const char *text, struct tspdm_view chain)
{
	bool is_requester = strncmp(text, "responder:", 10) != 0;
	bool is_responder = strncmp(text, "requester:", 10) != 0;
	const char *rest = is_requester && is_responder ? text : text + 10;
	bool is_one_slot = rest[0] >= '0' && rest[0] <= '7' && rest[1] == ':';

	for (unsigned slot = 0; slot < TSPDM_SLOTS; slot++) {
		if (is_one_slot && slot != (unsigned)(rest[0] - SLOT_DIGIT))
			continue;
		if (is_responder && tspdm_observer_chain(f->observer, slot, chain) != TSPDM_OK)
			return false;
		if (is_requester && tspdm_observer_requester_chain(f->observer, slot, chain) != TSPDM_OK)
			return false;
	}
	return true;
}

static bool give_material(struct flow *f)
{
	const struct options *o = f->material->options;

	for (unsigned i = 0; i < o->chains.count; i++) {
		const struct file *file = &f->material->chains[i];

		if (!give_chain(f, o->chains.items[i], (struct tspdm_view){ file->bytes, file->len }))
			report_problem(f->material->report, "--chain %s is too long", o->chains.items[i]);
	}
	for (unsigned i = 0; i < o->public_keys.count; i++) {
		const struct file *file = &f->material->public_keys[i];
		bool is_requester = strncmp(o->public_keys.items[i], "requester:", 10) == 0;

		if (tspdm_observer_public_key(
			    f->observer, is_requester, (struct tspdm_view){ file->bytes, file->len }) != TSPDM_OK)
			report_problem(f->material->report, "--public-key %s is too long", o->public_keys.items[i]);
	}
	return true;
}

static bool follow(struct flow *f, const struct tspdm_binding *binding)
{
	const struct tspdm_observer_config config = {
		.size = sizeof config,
		.binding = binding,
		.see = see,
		.secret = find_secret,
		.context = f,
		.chunks = { f->chunks, CHUNK_ROOM, 0 },
	};

	f->binding = binding;
	return tspdm_observer_follow(f->observer, &config) == TSPDM_OK;
}

struct flow *flow_new(struct material *m, unsigned number)
{
	struct flow *f = calloc(1, sizeof *f);
	void *memory = malloc(tspdm_observer_size());

	if (f == NULL || memory == NULL ||
		tspdm_observer_init(memory, tspdm_observer_size(), m->crypto, &f->observer) != TSPDM_OK) {
		free(memory);
		free(f);
		return NULL;
	}
	f->material = m;
	f->number = number;
	f->chunks = malloc(CHUNK_ROOM);
	if (f->chunks == NULL || !give_material(f)) {
		flow_free(f);
		return NULL;
	}
	return f;
}

void flow_free(struct flow *f)
{
	if (f == NULL)
		return;
	tspdm_observer_wipe(f->observer);
	free(f->observer);
	free(f->chunks);
	free(f);
}

/* In the clear the code tells. A record tells nothing, but requests and responses take turns. */
static bool is_from_requester(struct flow *f, bool is_secured, struct tspdm_view message, const bool *told)
{
	bool is_request = message.len >= 2 && (message.ptr[1] & CODE_IS_REQUEST) != 0;

	if (is_secured)
		return told != NULL ? *told != f->is_reversed : !f->was_request;
	f->is_reversed = told != NULL && *told != is_request;
	return is_request;
}

void flow_message(struct flow *f, const struct tspdm_binding *binding, bool is_secured, struct tspdm_view message,
	const bool *is_request)
{
	struct tspdm_seen seen;

	if (f->binding == NULL && !follow(f, binding)) {
		report_problem(f->material->report, "the observer cannot follow");
		return;
	}
	f->was_request = is_from_requester(f, is_secured, message, is_request);
	if (is_secured)
		tspdm_observer_record(f->observer, f->was_request, message);
	else
		tspdm_observer_see(f->observer, f->was_request, message, &seen);
}
