/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * --check-result: relying on what another verifier has found, if it is the one whose key is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <openssl/pem.h>
#include <openssl/x509.h>

#include <tspdm/result.h>

#include "../common/public_key.h"
#include "forms.h"

enum { EXIT_INTERNAL = 1, EXIT_USAGE = 2 };

/* What it is checked by, as read from files. */
struct checking {
	const struct options *o;
	struct file token, key, policy, holder, certificate; /* the last two DER */
	char policy_id[TSPDM_POLICY_ID_MAX];
	struct tspdm_result result;
};

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

/* ---- Reading ---- */

static bool read_policy(struct checking *c, char *why)
{
	const char *path = c->o->policy;

	if (path == NULL)
		return true;
	if (strcmp(path, "genuine") != 0 && !file_read(path, &c->policy, why))
		return false;
	return tspdm_policy_id(view_of(&c->policy), c->policy_id) == TSPDM_OK;
}

static X509 *read_x509(const struct file *file)
{
	BIO *bio = BIO_new_mem_buf(file->bytes, (int)file->len);
	const uint8_t *next = file->bytes;
	X509 *certificate = bio != NULL ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;

	BIO_free(bio);
	return certificate != NULL ? certificate : d2i_X509(NULL, &next, (long)file->len);
}

static bool take_certificate(struct checking *c, X509 *certificate)
{
	int len = i2d_X509(certificate, &c->certificate.bytes);
	int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &c->holder.bytes);

	c->certificate.len = len > 0 ? (size_t)len : 0;
	c->holder.len = key_len > 0 ? (size_t)key_len : 0;
	return len > 0 && key_len > 0;
}

/* A certificate, or a public key alone. */
static bool read_holder(struct checking *c, char *why)
{
	struct file file;
	X509 *certificate;
	bool is_good;

	if (c->o->holder == NULL)
		return true;
	if (!file_read(c->o->holder, &file, why))
		return false;
	certificate = read_x509(&file);
	free(file.bytes);
	if (certificate == NULL)
		return public_key_read(c->o->holder, &c->holder, why);
	is_good = take_certificate(c, certificate);
	X509_free(certificate);
	return is_good;
}

/* ---- Telling ---- */

static void print_parts(const struct tspdm_result *r)
{
	for (unsigned i = 0; i < r->part_count; i++) {
		const struct tspdm_trust_vector *v = &r->parts[i].vector;

		printf("  %-12s ",
			r->parts[i].status == TSPDM_TRUST_NONE ? "none" : tspdm_trust_tier_name(r->parts[i].status));
		print_safe(r->parts[i].name);
		printf(": hardware %d, executables %d, configuration %d, identity %d, runtime %d\n", v->hardware,
			v->executables, v->configuration, v->instance_identity, v->runtime_opaque);
	}
}

static void print_human(const struct checking *c)
{
	const struct tspdm_result *r = &c->result;

	print_safe(c->o->check_result);
	printf("\n");
	if (r->developer[0] != '\0')
		printf("  verifier     %s, %s\n", r->developer, r->build);
	print_parts(r);
	print_checks(&r->checks);
	if (r->status != TSPDM_OK)
		printf("NOT TO BE RELIED ON: %s\n", tspdm_status_text(r->status));
	else if (tspdm_result_exit_status(r) == 0)
		printf("TRUSTED%s: the verifier says: %s\n", r->tier == TSPDM_TRUST_AFFIRMING ? "" : ", WITH A REMARK",
			tspdm_trust_tier_name(r->tier));
	else
		printf("NOT TRUSTED: the verifier says: %s\n", tspdm_trust_tier_name(r->tier));
}

static bool print_json(const struct checking *c)
{
	char *json;

	if (tspdm_result_json(c->o->check_result, &c->result, &json) != TSPDM_OK)
		return false;
	puts(json);
	free(json);
	return true;
}

static bool tell(const struct checking *c)
{
	bool is_good = true;

	if (c->o->is_json)
		is_good = print_json(c);
	else if (!c->o->is_quiet)
		print_human(c);
	return fflush(stdout) == 0 && is_good && ferror(stdout) == 0;
}

/* ---- The whole ---- */

static int verify(struct checking *c, char *why)
{
	const struct options *o = c->o;
	const struct tspdm_result_demand demand = {
		.size = sizeof demand,
		.key = view_of(&c->key),
		.time = o->time != 0 ? o->time : (int64_t)time(NULL),
		.max_age_s = o->max_age_s,
		.nonce = { o->nonce, o->nonce_len },
		.holder = view_of(&c->holder),
		.certificate = view_of(&c->certificate),
		.policy = o->policy != NULL ? c->policy_id : NULL,
	};

	if (tspdm_result_verify(view_of(&c->token), &demand, &c->result) == TSPDM_ERR_KEY) {
		snprintf(why, WHY_MAX, "--result-key %.200s: must be a public key or a certificate, P-256 or P-384",
			o->result_key);
		return EXIT_USAGE;
	}
	return tell(c) ? tspdm_result_exit_status(&c->result) : EXIT_INTERNAL;
}

int check_result(const struct options *o)
{
	struct checking *c = calloc(1, sizeof *c);
	char why[WHY_MAX] = "";
	int status = EXIT_USAGE;

	if (c == NULL)
		return EXIT_INTERNAL;
	c->o = o;
	if (file_read(o->check_result, &c->token, why) && file_read(o->result_key, &c->key, why) &&
		read_policy(c, why) && read_holder(c, why))
		status = verify(c, why);
	if (why[0] != '\0')
		fprintf(stderr, "tspdm-verifier: %s\n", why);
	free(c->token.bytes);
	free(c->key.bytes);
	free(c->policy.bytes);
	free(c->holder.bytes);
	OPENSSL_free(c->certificate.bytes);
	free(c);
	return status;
}
