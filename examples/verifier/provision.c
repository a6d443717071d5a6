/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --get-csr and --set-cert: a certificate request fetched, a chain put into a slot. In the session, where there is one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/pem.h>

#include "attest.h"

enum { CSR_MAX = 65535, SPKI_ROOM = 1024 };

/* "3:FILE", or FILE for slot 0. */
bool provision_take(struct options *o, const char *value, char *why)
{
	const char *file = value;

	if (value[0] >= '0' && value[0] <= '9' && value[1] == ':') {
		o->set_slot = (uint8_t)(value[0] - '0');
		file = value + 2;
	}
	if (o->set_slot >= TSPDM_SLOTS)
		return refuse(why, "set-cert", value, "the slot must be 0 to 7");
	if (file[0] == '\0')
		return refuse(why, "set-cert", value, "needs a file");
	return take_text(&o->set_cert, "set-cert", file, why);
}

bool provision_read(struct material *m, const char *path, char *why)
{
	struct file file;
	struct tspdm_buffer der;
	enum tspdm_status status;

	if (!file_read(path, &file, why))
		return false;
	der = (struct tspdm_buffer){ malloc(file.len + 1), file.len, 0 }; /* DER is never longer than what it came in */
	status = der.ptr == NULL ? TSPDM_ERR_MEMORY
				 : tspdm_openssl_certificates((struct tspdm_view){ file.bytes, file.len }, &der);
	free(file.bytes);
	m->set_chain = (struct file){ der.ptr, der.len };
	if (status != TSPDM_OK)
		snprintf(why, WHY_MAX, "--set-cert %.300s: %s", path, tspdm_status_text(status));
	return status == TSPDM_OK;
}

static bool write_pem(const char *path, struct tspdm_view csr)
{
	FILE *out = fopen(path, "w");
	bool is_good = out != NULL && PEM_write(out, PEM_STRING_X509_REQ, "", csr.ptr, (long)csr.len) > 0;

	if (out != NULL && fclose(out) != 0)
		is_good = false;
	return is_good;
}

/* What came is written only where it is signed with its own key. Whose that is the verdict knows of the slot. */
static bool keep_csr(struct attest *t, struct tspdm_view csr)
{
	const char *path = t->m->options->get_csr;
	struct tspdm_view own = t->a->identity.spki;
	uint8_t room[SPKI_ROOM];
	struct tspdm_buffer spki = { room, sizeof room, 0 };
	enum tspdm_status status = tspdm_openssl_csr_verify(csr, &spki);
	bool is_own = spki.len == own.len && own.len != 0 && memcmp(room, own.ptr, own.len) == 0;

	if (status != TSPDM_OK)
		return session_check(
			t, "provision.csr", status, "the certificate request: %s", tspdm_status_text(status));
	if (!write_pem(path, csr))
		return session_check(t, "provision.csr", TSPDM_ERR_SYSTEM, "%.200s: %s", path, strerror(errno));
	return session_check(t, "provision.csr", TSPDM_OK, "a certificate request of %s key that was authenticated",
		is_own ? "the" : "another key than the");
}

static bool get_csr(struct attest *t)
{
	struct tspdm_buffer csr = { .ptr = malloc(CSR_MAX), .cap = CSR_MAX };
	const struct tspdm_view none = { NULL, 0 };
	bool is_good;

	if (csr.ptr == NULL)
		return session_check(t, "provision.csr", TSPDM_ERR_MEMORY, "out of memory");
	is_good = session_job(t, "provision.csr", tspdm_requester_get_csr(t->requester, none, &csr)) &&
		  keep_csr(t, tspdm_buffer_view(&csr));
	free(csr.ptr);
	return is_good;
}

/* A chain that waits for a reset was taken all the same. */
static bool set_chain(struct attest *t)
{
	const struct file *chain = &t->m->set_chain;
	unsigned slot = t->m->options->set_slot;
	enum tspdm_status status = tspdm_requester_set_certificate(
		t->requester, (uint8_t)slot, (struct tspdm_view){ chain->bytes, chain->len });

	if (status != TSPDM_OK)
		return session_job(t, "provision.set", status);
	status = tspdm_run(t->requester, t->transport);
	if (status == TSPDM_ERR_RESET_REQUIRED)
		return session_check(t, "provision.set", TSPDM_OK, "slot %u: taken, and shown after a reset", slot);
	if (status != TSPDM_OK) {
		char text[256];

		describe_failure(t, text, sizeof text);
		return session_check(t, "provision.set", status, "slot %u: %s", slot, text);
	}
	return session_check(t, "provision.set", TSPDM_OK, "slot %u has the chain", slot);
}

bool provision_run(struct attest *t)
{
	const struct options *o = t->m->options;

	if (o->get_csr == NULL && o->set_cert == NULL)
		return true;
	if (tspdm_requester_use_session(t->requester, t->session) != TSPDM_OK)
		return session_check(t, "provision", TSPDM_ERR_SESSION_ENDED, "the session is over");
	if (o->get_csr != NULL && !get_csr(t))
		return false;
	return o->set_cert == NULL || set_chain(t);
}

void provision_clear(struct attest *t)
{
	if (t->session == 0 && is_good_verdict(&t->a->verdict))
		(void)provision_run(t);
}
