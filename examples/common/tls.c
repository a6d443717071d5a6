/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The options of tls:// that both programs have, and the context they make. */
#include <stdio.h>
#include <stdlib.h>

#include <tspdm/secret.h>

#include "tls.h"

bool tls_is_given(const struct tls_options *o)
{
	return o->cert != NULL || o->key != NULL || o->trust != NULL || o->name != NULL || o->psks.count != 0;
}

bool tls_check(const struct tls_options *o, char *why)
{
	if ((o->cert == NULL) != (o->key == NULL))
		snprintf(why, WHY_MAX, "--tls-cert and --tls-key go together");
	else if (o->name != NULL && o->trust == NULL)
		snprintf(why, WHY_MAX, "--tls-name goes with --tls-trust: any certificate is taken without");
	else if (o->psks.count != 0 && (o->cert != NULL || o->trust != NULL))
		snprintf(why, WHY_MAX, "--tls-psk stands instead of TLS certificates: no --tls-cert, no --tls-trust");
	else
		return true;
	return false;
}

static bool read_one(const char *path, struct file *out, char *why)
{
	if (path == NULL)
		return true;
	if (!file_read(path, out, why))
		return false;
	if (out->len != 0)
		return true;
	snprintf(why, WHY_MAX, "%.200s: the file is empty", path);
	return false;
}

static bool read_psks(const struct tls_options *o, struct psk_keys *out, char *why)
{
	out->option = "tls-psk";
	for (unsigned i = 0; i < o->psks.count; i++)
		if (!psk_add(out, o->psks.items[i], why))
			return false;
	return true;
}

static struct tspdm_view view_of(const struct file *file)
{
	return (struct tspdm_view){ file->bytes, file->len };
}

static bool make_context(
	const struct tls_options *o, struct tspdm_tls_config *config, struct tspdm_tls_context **out, char *why)
{
	struct tspdm_endpoint_error error = { "" };
	enum tspdm_status status = tspdm_tls_context_new(config, out, &error);
	const char *file = config->psk_count != 0    ? "--tls-psk"
			   : status == TSPDM_ERR_KEY ? o->key
			   : o->cert != NULL         ? o->cert
						     : o->trust;

	if (status == TSPDM_OK)
		return true;
	snprintf(why, WHY_MAX, "%.200s%s%.250s", file != NULL ? file : "", file != NULL ? ": " : "",
		error.text[0] != '\0' ? error.text : tspdm_status_text(status));
	return false;
}

bool tls_open(const struct tls_options *o, bool is_server, struct tspdm_tls_context **out, char *why)
{
	struct file cert = { NULL, 0 }, key = { NULL, 0 }, trust = { NULL, 0 };
	struct psk_keys psks = { 0 };
	struct tspdm_tls_config config = {
		.size = sizeof config, .is_server = is_server, .name = o->name, .psks = psks.keys
	};
	bool is_good = read_one(o->cert, &cert, why) && read_one(o->key, &key, why) &&
		       read_one(o->trust, &trust, why) && read_psks(o, &psks, why);

	config.certificate = view_of(&cert);
	config.key = view_of(&key);
	config.trust = view_of(&trust);
	config.psk_count = psks.count;
	is_good = is_good && make_context(o, &config, out, why);
	if (key.bytes != NULL)
		tspdm_wipe(key.bytes, key.len);
	psk_wipe(&psks);
	free(cert.bytes);
	free(key.bytes);
	free(trust.bytes);
	return is_good;
}
