/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What happened on a connection: each request with its outcome, and what the peer knows of us now. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "history.h"

static void count(struct history *h, struct tspdm_responder_outcome outcome)
{
	struct history_entry *last = h->entry_count != 0 ? &h->entries[h->entry_count - 1] : NULL;

	h->requests++;
	if (outcome.error_code != 0 && outcome.error_code != TSPDM_ERROR_RESPONSE_NOT_READY)
		h->errors++;
	if (last != NULL && h->not_shown == 0 && last->request_code == outcome.request_code &&
		last->error_code == outcome.error_code) {
		last->count++;
		return;
	}
	if (h->entry_count == HISTORY_MAX) {
		h->not_shown++;
		return;
	}
	h->entries[h->entry_count++] = (struct history_entry){ outcome.request_code, outcome.error_code, 1 };
}

/* What a request that was answered means. */
static void learn(struct history *h, const struct tspdm_header *request)
{
	bool is_signed = (request->param1 & 1U) != 0;

	if (request->code == TSPDM_CHALLENGE) {
		h->is_authenticated = true;
		h->slot = request->param1;
	}
	if (request->code != TSPDM_GET_MEASUREMENTS || !is_signed)
		return;
	h->is_measured = true;
	if (request->param2 == TSPDM_INDEX_MANIFEST && (request->param1 & 2U) != 0)
		h->is_attested = true;
}

void history_note(struct history *h, struct tspdm_view request, struct tspdm_responder_outcome outcome)
{
	struct tspdm_header header = { 0 };

	if (outcome.request_code == 0 && outcome.error_code == 0)
		return; /* application data, which has lines of its own */
	count(h, outcome);
	log_line(LOG_DEBUG, "request", NULL, "%s: %s: %s", h->peer, tspdm_code_name(outcome.request_code),
		outcome.error_code != 0 ? tspdm_error_code_name(outcome.error_code) : "answered");
	if (outcome.error_code != 0 && outcome.error_code != TSPDM_ERROR_RESPONSE_NOT_READY)
		log_line(LOG_DEBUG, "reason", NULL, "%s: %s", h->peer, tspdm_status_text(outcome.status));
	if (tspdm_read_header(request, &header) != TSPDM_OK)
		return;
	if (header.code == TSPDM_RESPOND_IF_READY)
		header = h->waiting;
	h->waiting = (struct tspdm_header){ 0 };
	if (outcome.error_code == TSPDM_ERROR_RESPONSE_NOT_READY)
		h->waiting = header;
	if (outcome.error_code == 0)
		learn(h, &header);
}

/* ---- The line ---- */

__attribute__((format(printf, 3, 4))) static void append(char *text, size_t cap, const char *format, ...)
{
	size_t used = strlen(text);
	va_list args;

	va_start(args, format);
	vsnprintf(text + used, cap - used, format, args);
	va_end(args);
}

static void write_requests(const struct history *h, char *text, size_t cap)
{
	for (unsigned i = 0; i < h->entry_count; i++) {
		const struct history_entry *e = &h->entries[i];

		append(text, cap, " %s", tspdm_code_name(e->request_code));
		if (e->count > 1)
			append(text, cap, " x%u", e->count);
		if (e->error_code != 0)
			append(text, cap, " (%s)", tspdm_error_code_name(e->error_code));
	}
	if (h->not_shown != 0)
		append(text, cap, " and %u more", h->not_shown);
	if (h->requests == 0)
		append(text, cap, " nothing asked");
}

static void write_outcome(const struct history *h, char *text, size_t cap)
{
	if (h->is_authenticated)
		append(text, cap, "; authenticated slot %u", h->slot);
	if (h->is_attested)
		append(text, cap, "; evidence given");
	else if (h->is_measured)
		append(text, cap, "; measured");
}

void history_log(const struct history *h, const char *reason)
{
	char text[1536] = "";
	json_t *fields = json_pack("{ss si si sb sb sb ss}", "peer", h->peer, "requests", (int)h->requests, "errors",
		(int)h->errors, "authenticated", h->is_authenticated, "measured", h->is_measured, "attested",
		h->is_attested, "end", reason);

	if (h->is_authenticated && fields != NULL)
		(void)json_object_set_new(fields, "slot", json_integer(h->slot));
	write_requests(h, text, sizeof text);
	write_outcome(h, text, sizeof text);
	log_line(LOG_INFO, "connection", fields, "%s:%s; %s", h->peer, text, reason);
}
