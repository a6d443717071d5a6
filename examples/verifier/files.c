/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The material that is read once for all subjects. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../common/public_key.h"
#include "forms.h"

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

/* ---- Material ---- */

/* Turns certificates into DER and appends them. */
static bool append_certificates(struct file *to, const struct file *from, const char *path, char *why)
{
	size_t cap = to->len + from->len + 65536; /* DER is shorter than PEM */
	uint8_t *larger = realloc(to->bytes, cap);
	struct tspdm_buffer out = { .ptr = larger, .cap = cap, .len = to->len };

	if (larger == NULL) {
		snprintf(why, WHY_MAX, "out of memory");
		return false;
	}
	to->bytes = larger;
	if (tspdm_openssl_certificates(view_of(from), &out) != TSPDM_OK) {
		snprintf(why, WHY_MAX, "%s: no certificate in it", path);
		return false;
	}
	to->len = out.len;
	return true;
}

static bool read_trust(struct material *m, const struct text_list *paths, char *why)
{
	for (unsigned i = 0; i < paths->count; i++) {
		struct file file;
		bool is_good;

		if (!file_read(paths->items[i], &file, why))
			return false;
		is_good = append_certificates(&m->anchors, &file, paths->items[i], why);
		free(file.bytes);
		if (!is_good)
			return false;
	}
	return true;
}

/* A file that may have been named. */
static bool read_named(const char *path, struct file *out, char *why)
{
	return path == NULL || file_read(path, out, why);
}

/* Roots, certificates and whatever else evidence is verified by. */
static bool read_evidence_material(struct material *m, const struct options *o, char *why)
{
	if (!read_named(o->snp_roots, &m->snp_roots, why) || !read_named(o->tdx_roots, &m->tdx_roots, why) ||
		!read_named(o->event_log, &m->event_log, why))
		return false;
	for (unsigned i = 0; i < o->certs.count; i++)
		if (!files_read(o->certs.items[i], &m->certificates, why))
			return false;
	if (o->collateral != NULL && !files_read(o->collateral, &m->certificates, why))
		return false;
	files_sort(&m->certificates, m->views, &m->collateral);
	return true;
}

/* What the connection is made with, and what is written of it. */
static bool read_connection_material(struct material *m, const struct options *o, char *why)
{
	if (o->send != NULL && !release_read(m, o->send, why))
		return false;
	if (o->set_cert != NULL && !provision_read(m, o->set_cert, why))
		return false;
	if (o->pcap.file != NULL && !pcap_create(&m->pcap, &o->pcap, why))
		return false;
	if (o->keylog != NULL && !keylog_open(&m->keylog, "tspdm-verifier", o->keylog, why))
		return false;
	return !tls_is_given(&o->tls) || tls_open(&o->tls, false, &m->tls, why);
}

bool material_read(struct material *m, const struct options *o, char *why)
{
	memset(m, 0, sizeof *m);
	m->options = o;
	m->time = o->time != 0 ? o->time : (int64_t)time(NULL);
	if (o->policy != NULL && !policy_load(o->policy, &m->policy, &m->policy_text, why))
		return false;
	if (!read_trust(m, &o->trust, why) || !identity_read(m, o, why) || !preshared_read(m, o, why))
		return false;
	if (o->peer_key != NULL && !public_key_read(o->peer_key, &m->peer_key, why))
		return false;
	return read_evidence_material(m, o, why) && devices_read(m, o, why) && read_connection_material(m, o, why);
}

void material_free(struct material *m)
{
	tspdm_policy_free(m->policy);
	identity_free(m);
	tee_close(&m->tee);
	psk_wipe(&m->psk);
	tspdm_openssl_free(m->crypto);
	tspdm_tls_context_free(m->tls);
	files_free(&m->certificates);
	(void)pcap_close_file(m->pcap); /* what is missing there was told */
	keylog_close(m->keylog);
	free(m->anchors.bytes);
	free(m->peer_key.bytes);
	free(m->snp_roots.bytes);
	release_free(&m->secret);
	release_free(&m->sign_key);
	free(m->policy_text.bytes);
	free(m->set_chain.bytes);
	free(m->tdx_roots.bytes);
	free(m->event_log.bytes);
	for (unsigned i = 0; i < TSPDM_DEVICES_MAX; i++)
		device_files_free(&m->devices[i]);
}
