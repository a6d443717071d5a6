/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What options do not go together. */
#include <stdio.h>
#include <string.h>

#include "forms.h"

static bool check_capture(const struct options *o, char *why)
{
	for (size_t i = 0; i < o->endpoints.count; i++)
		if (!pcap_suits(&o->pcap, o->endpoints.items[i], why))
			return false;
	return true;
}

/* What does not go together, and what is said of it. */
struct clash {
	bool is_there;
	const char *text;
};

static bool refuse_clashes(const struct clash *clashes, size_t count, char *why)
{
	for (size_t i = 0; i < count; i++)
		if (clashes[i].is_there) {
			snprintf(why, WHY_MAX, "%s", clashes[i].text);
			return false;
		}
	return true;
}

static bool check_appraise(const struct options *o, char *why)
{
	const struct clash clashes[] = {
		{ tls_is_given(&o->tls), "--appraise works offline: there is no tls:// there" },
		{ o->endpoints.count != 0, "--appraise works offline: it takes no endpoint" },
		{ o->session != SESSION_AUTO, "--appraise works offline: there is no session there" },
		{ o->get_csr != NULL || o->set_cert != NULL, "--get-csr and --set-cert need an endpoint" },
		{ o->pcap.file != NULL || o->keylog != NULL,
			"--appraise works offline: there is no traffic to capture" },
	};

	return refuse_clashes(clashes, COUNT(clashes), why);
}

static bool check_endpoints(const struct options *o, char *why)
{
	const struct clash clashes[] = {
		{ o->endpoints.count == 0, "no endpoint; try tspdm-verifier --help" },
		{ o->peer_key != NULL && o->has_slot,
			"--peer-key knows an endpoint that has no certificates: no --slot" },
		{ o->event_log != NULL, "--event-log goes with --appraise" },
		{ o->has_report_data, "--report-data goes with --appraise; an endpoint's report data is computed" },
	};

	return refuse_clashes(clashes, COUNT(clashes), why);
}

/* What is about one endpoint alone, and what has no place in rounds over many. */
static bool check_fleet(const struct options *o, char *why)
{
	const bool many = o->endpoints.count > 1 || o->rounds_s != 0;
	const bool is_file_received = o->receive != NULL && strcmp(o->receive, "-") != 0;
	const struct clash clashes[] = {
		{ many && o->get_csr != NULL, "--get-csr takes one endpoint" },
		{ many && o->set_cert != NULL, "--set-cert takes one endpoint" },
		{ many && o->result != NULL, "--result takes one endpoint" },
		{ many && o->bundle != NULL, "--bundle takes one endpoint" },
		{ many && o->devices.count != 0, "--device takes one endpoint" },
		{ many && o->write_policy != NULL, "--write-policy takes one endpoint" },
		{ many && is_file_received, "--receive takes one endpoint" },
		{ o->rounds_s != 0 && o->hold_s != 0,
			"--hold keeps a session, and --watch of many endpoints makes new ones" },
		{ o->rounds_s != 0 && (o->send != NULL || o->receive != NULL),
			"--watch of many endpoints makes new sessions: nothing is sent in each" },
		{ o->endpoints.has_stdin && o->send != NULL && strcmp(o->send, "-") == 0,
			"@- and --send - both want standard input" },
	};

	return refuse_clashes(clashes, COUNT(clashes), why);
}

/* Nobody is asked anything there, and nothing is judged anew. */
static bool check_results(const struct options *o, char *why)
{
	const struct clash clashes[] = {
		{ o->endpoints.count != 0 || o->appraise != NULL,
			"--check-result works offline: it takes no endpoint, and no --appraise" },
		{ o->result_key == NULL, "--check-result needs --result-key: whose result counts" },
		{ o->result != NULL || o->bundle != NULL || o->write_policy != NULL || o->devices.count != 0,
			"--check-result judges nothing anew: no --result, --bundle, --write-policy, --device" },
		{ o->gives_result, "--check-result works offline: no --give-result" },
	};

	return refuse_clashes(clashes, COUNT(clashes), why);
}

static bool is_about_results(const struct options *o)
{
	return o->result_key != NULL || o->nonce_len != 0 || o->holder != NULL || o->max_age_s != 0;
}

static bool check_any(const struct options *o, char *why)
{
	const struct clash clashes[] = {
		{ o->receive != NULL && strcmp(o->receive, "-") == 0 && o->is_json,
			"--receive - and --json both want standard output" },
		{ o->session == SESSION_REQUIRED && !session_is_wanted(o),
			"a session is wanted, and --caps takes KEY_EX away" },
		{ o->result != NULL && o->sign_key == NULL, "--result and --sign-key go together" },
		{ o->gives_result && o->sign_key == NULL, "--give-result needs --sign-key: who says so" },
		{ o->sign_key != NULL && o->result == NULL && !o->gives_result,
			"--sign-key goes with --result and --give-result" },
		{ is_about_results(o), "--result-key, --result-nonce, --holder and --max-age go with --check-result" },
		{ o->max_message != 0 && o->data_transfer_size > o->max_message,
			"--data-transfer-size is larger than --max-message" },
		{ o->pcap.has_format && o->pcap.file == NULL, "--pcap-format goes with --pcap" },
		{ o->tls.psks.count > 1, "--tls-psk is given twice" },
	};

	return refuse_clashes(clashes, COUNT(clashes), why);
}

bool options_check(const struct options *o, char *why)
{
	if (o->wants_help || o->wants_version)
		return true;
	if (o->check_result != NULL)
		return check_results(o, why);
	return tls_check(&o->tls, why) && (o->appraise != NULL ? check_appraise : check_endpoints)(o, why) &&
	       check_any(o, why) && check_fleet(o, why) && soft_check(&o->tee, why) && identity_check_options(o, why) &&
	       check_capture(o, why);
}
