/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Mutual authentication: what the attester knows of its requesters beforehand, and what it asks of them. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/public_key.h"
#include "attester.h"

enum { DER_ROOM = 65536 };

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

/* Turns the certificates of a file into DER and appends them. */
static bool append_certificates(struct file *to, const char *path, char *why)
{
	struct file from;
	uint8_t *larger;
	struct tspdm_buffer out;
	enum tspdm_status status;

	if (!file_read(path, &from, why))
		return false;
	out.cap = to->len + from.len + DER_ROOM; /* DER is shorter than PEM */
	larger = realloc(to->bytes, out.cap);
	if (larger == NULL) {
		free(from.bytes);
		snprintf(why, WHY_MAX, "out of memory");
		return false;
	}
	to->bytes = out.ptr = larger;
	out.len = to->len;
	status = tspdm_openssl_certificates(view_of(&from), &out);
	free(from.bytes);
	if (status != TSPDM_OK) {
		snprintf(why, WHY_MAX, "%.200s: no certificate in it", path);
		return false;
	}
	to->len = out.len;
	return true;
}

bool mutual_open(struct attester *a, char *why)
{
	const struct options *o = a->options;

	for (unsigned i = 0; i < o->trust.count; i++)
		if (!append_certificates(&a->mutual.anchors, o->trust.items[i], why))
			return false;
	if (o->requester_cert != NULL && !append_certificates(&a->mutual.certificates, o->requester_cert, why))
		return false;
	return o->requester_key == NULL || public_key_read(o->requester_key, &a->mutual.key, why);
}

void mutual_free(struct attester *a)
{
	free(a->mutual.anchors.bytes);
	free(a->mutual.certificates.bytes);
	free(a->mutual.key.bytes);
}

bool mutual_is_wanted(const struct attester *a)
{
	return a->options->mutual != TSPDM_MUTUAL_NONE || a->options->is_basic_mutual;
}

/* Whoever is anchored or provisioned is accepted; the log says who it was. */
static enum tspdm_status note(void *context, const struct tspdm_requester_identity *who)
{
	const char *peer = context;
	char subject[256] = "the key of --requester-key";

	if (who->leaf.len != 0 && tspdm_openssl_subject(who->leaf, subject, sizeof subject) != TSPDM_OK)
		snprintf(subject, sizeof subject, "nobody that has a name");
	log_line(LOG_INFO, "requester",
		json_pack("{ss, ss, si}", "peer", peer, "subject", subject, "slot", (int)who->slot),
		"%s: the requester is %s", peer, subject);
	return TSPDM_OK;
}

void mutual_configure(const struct attester *a, struct tspdm_responder_config *config, char *peer)
{
	const struct options *o = a->options;

	config->mutual = (uint8_t)o->mutual;
	config->mutual_form = (uint8_t)o->mutual_form;
	config->basic_mutual = o->is_basic_mutual;
	config->requester_anchors = view_of(&a->mutual.anchors);
	config->requester_certificates = view_of(&a->mutual.certificates);
	config->requester_key = view_of(&a->mutual.key);
	config->time = (int64_t)time(NULL);
	config->requester_hook = (struct tspdm_requester_hook){ note, peer };
}
