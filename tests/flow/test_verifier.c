/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The verifier's whole way, over a socket, against attesters of the software TEE: sound ones, and ones that replay, relay,
 * swap keys or are not what the policy wants. Each is told apart by status and words. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <tspdm/device.h>
#include <tspdm/responder.h>
#include <tspdm/soft_tee.h>

#include "../../examples/verifier/verifier.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

enum certificate_mode {
	CERTIFICATE_GOOD = 0,
	CERTIFICATE_WITHOUT_EVIDENCE,
	CERTIFICATE_OF_OTHER_KEY,
};

/* What differs from case to case; zero is the sound attester under a fitting policy. */
struct test_case {
	const char *name;
	enum certificate_mode certificate;
	uint32_t defects;       /* of the one TEE that makes all evidence */
	uint32_t fresh_defects; /* of the TEE that makes fresh evidence, if it is another */
	bool has_other_tee;     /* fresh evidence comes from another TEE */
	bool is_plain;          /* no TEE at all */
	bool no_soft_tee;       /* the verifier is not told to allow it */
	bool no_policy;
	bool is_genuine;     /* --policy genuine */
	bool is_demo;        /* the policy of scripts/demo */
	bool is_enclave;     /* of SGX, under a policy that names its MRENCLAVE */
	uint8_t measurement; /* each byte of it; 0: the built-in pattern */
	enum evidence_mode evidence;
	const char *binding; /* of the policy; NULL: both required */
	enum tspdm_verdict_kind kind;
	enum tspdm_status status;
	const char *words; /* in the reason */
};

/* ---- The attester ---- */

struct attester {
	const struct test_case *test;
	struct tspdm_crypto *crypto;
	struct tspdm_evidence_source *tee, *other_tee;
	struct tspdm_openssl_identity *identity;
	struct tspdm_basic_device device;
	struct tspdm_listener *listener;
	pthread_t thread;
	uint8_t extension[65536];
	struct tspdm_openssl_extension row;
};

static enum tspdm_status make_extension(
	void *context, struct tspdm_view spki, const struct tspdm_openssl_extension **out, size_t *count)
{
	struct attester *a = context;
	uint8_t claims_room[TSPDM_CLAIMS_BUFFER_MAX], report_data[TSPDM_REPORT_DATA_LEN], other_key[] = { 0x30, 0x00 };
	struct tspdm_buffer claims = { .ptr = claims_room, .cap = sizeof claims_room };
	struct tspdm_buffer value = { .ptr = a->extension, .cap = sizeof a->extension };
	struct tspdm_evidence_job *job;
	struct tspdm_evidence evidence;
	enum tspdm_status status;
	uint32_t retry_us;

	if (a->test->certificate == CERTIFICATE_OF_OTHER_KEY)
		spki = (struct tspdm_view){ other_key, sizeof other_key };
	TSPDM_TRY(tspdm_write_claims(a->crypto, spki, &claims));
	TSPDM_TRY(tspdm_bind_certificate_evidence(a->crypto, tspdm_buffer_view(&claims), report_data));
	TSPDM_TRY(a->tee->ops->begin(a->tee, report_data, &job));
	status = a->tee->ops->poll(a->tee, job, &evidence, &retry_us);
	if (status == TSPDM_OK)
		status = tspdm_write_tagged_evidence(&value, &evidence, tspdm_buffer_view(&claims));
	a->tee->ops->end(a->tee, job);
	a->row = (struct tspdm_openssl_extension){ .oid = TSPDM_OID_TAGGED_EVIDENCE,
		.value = tspdm_buffer_view(&value) };
	*out = &a->row;
	*count = 1;
	return status;
}

static struct tspdm_evidence_source *make_tee(const struct test_case *test, uint32_t defects)
{
	struct tspdm_soft_tee_config config = { .size = sizeof config, .defects = defects };
	struct tspdm_evidence_source *source;

	config.kind = test->is_enclave ? TSPDM_TEE_SGX : TSPDM_TEE_SEV_SNP;
	memset(config.measurement, test->measurement, sizeof config.measurement);
	assert_int_equal(tspdm_soft_tee_new(&config, &source), TSPDM_OK);
	return source;
}

static void make_identity(struct attester *a)
{
	bool has_evidence = !a->test->is_plain && a->test->certificate != CERTIFICATE_WITHOUT_EVIDENCE;
	struct tspdm_openssl_make make = {
		.size = sizeof make, .extensions = has_evidence ? make_extension : NULL, .context = a
	};

	assert_int_equal(tspdm_openssl_identity_make(&make, &a->identity), TSPDM_OK);
}

static void make_device(struct attester *a)
{
	static const uint8_t firmware[] = "firmware", svn[8] = { 7 };
	static const struct tspdm_block blocks[] = {
		{ .index = 1,
			.type = TSPDM_MEASUREMENT_FIRMWARE,
			.form = TSPDM_BLOCK_RAW_OR_DIGEST,
			.value = { firmware, sizeof firmware } },
		{ .index = 2,
			.type = TSPDM_MEASUREMENT_SVN,
			.form = TSPDM_BLOCK_RAW_ONLY,
			.value = { svn, sizeof svn } },
	};

	tspdm_basic_device_init(&a->device);
	tspdm_openssl_identity_slot(a->identity, &a->device.slots[0]);
	a->device.blocks = blocks;
	a->device.block_count = COUNT(blocks);
	a->device.evidence = a->test->is_plain ? NULL : a->other_tee != NULL ? a->other_tee : a->tee;
}

static void serve_one(struct attester *a, int fd)
{
	struct tspdm_transport *transport;
	struct tspdm_responder_config config = { .size = sizeof config,
		.crypto = a->crypto,
		.device = &a->device.base,
		.max_message = 4096,
		.scratch_len = 65536 };
	void *memory = malloc(tspdm_responder_size());
	uint8_t *room = malloc(65536);
	struct tspdm_responder *responder = NULL;

	config.scratch = malloc(config.scratch_len);
	if (memory != NULL && room != NULL && config.scratch != NULL &&
		tspdm_transport_from_fd(fd, tspdm_listener_framing(a->listener), true, NULL, &transport) == TSPDM_OK) {
		config.binding = transport->binding;
		if (tspdm_responder_init(memory, tspdm_responder_size(), &config, &responder) == TSPDM_OK)
			(void)!tspdm_serve(responder, transport, (struct tspdm_buffer){ .ptr = room, .cap = 65536 });
		tspdm_transport_close(transport);
	}
	tspdm_responder_wipe(responder);
	free(config.scratch);
	free(room);
	free(memory);
}

/* Serves one connection, then ends. */
static void *serve(void *context)
{
	struct attester *a = context;
	struct pollfd ready = { .fd = tspdm_listener_fd(a->listener), .events = POLLIN };
	int fd;

	while (poll(&ready, 1, 30000) < 0 && errno == EINTR)
		continue;
	if (tspdm_listener_accept(a->listener, &fd) == TSPDM_OK)
		serve_one(a, fd);
	return NULL;
}

static struct attester *start(const struct test_case *test, struct tspdm_crypto *crypto)
{
	struct attester *a = calloc(1, sizeof *a);
	struct tspdm_endpoint_error why;

	assert_non_null(a);
	a->test = test;
	a->crypto = crypto;
	a->tee = make_tee(test, test->defects);
	if (test->has_other_tee)
		a->other_tee = make_tee(test, test->fresh_defects);
	make_identity(a);
	make_device(a);
	if (tspdm_listener_open("tcp://127.0.0.1:0", &a->listener, &why) != TSPDM_OK)
		fail_msg("%s", why.text);
	assert_int_equal(pthread_create(&a->thread, NULL, serve, a), 0);
	return a;
}

static void stop(struct attester *a)
{
	pthread_join(a->thread, NULL);
	tspdm_listener_close(a->listener);
	tspdm_openssl_identity_free(a->identity);
	tspdm_soft_tee_free(a->tee);
	tspdm_soft_tee_free(a->other_tee);
	free(a);
}

/* ---- The verifier ---- */

#define BOTH "{\"certificate\":\"required\",\"measurement\":\"required\"}"

/* clang-format off */
static const char policy_format[] =
	"{\"version\": 1, \"anchors\": {\"snp\": [], \"standin\": [\"builtin\"]}, \"accept\": [{\"tee\": \"sev-snp\","
	"\"product\": \"any\", \"measurement\": \"any\", \"min_tcb\": \"any\", \"policy\": {\"debug\": false,"
	"\"migrate_ma\": false, \"smt\": true}, \"vmpl\": [0], \"host_data\": \"any\", \"signer\": [\"vcek\"],"
	"\"require_crl\": false}], \"binding\": %s}";

#define MRENCLAVE "50f77ee050f77ee050f77ee050f77ee050f77ee050f77ee050f77ee050f77ee0"

static const char enclave_policy_format[] =
	"{\"version\": 1, \"anchors\": {\"sgx\": [], \"standin\": [\"builtin\"]}, \"accept\": [{\"tee\": \"sgx\","
	"\"mrenclave\": [\"" MRENCLAVE "\"], \"mrsigner\": \"any\", \"isv_prod_id\": 1, \"min_isv_svn\": 1,"
	"\"tcb_status\": [\"UpToDate\"], \"require_collateral\": false, \"require_crl\": false}], \"binding\": %s}";
/* clang-format on */

static size_t read_demo_policy(char *text, size_t cap)
{
	FILE *file = fopen(TSPDM_SOURCE_DIR "/docs/examples/soft-demo-policy.json", "r");
	size_t len;

	assert_non_null(file);
	len = fread(text, 1, cap, file);
	fclose(file);
	return len;
}

static struct tspdm_policy *make_policy(const struct test_case *test)
{
	struct tspdm_policy *policy = NULL;
	char text[2048], why[256] = "";
	size_t len;

	if (test->no_policy)
		return NULL;
	if (test->is_genuine) {
		assert_int_equal(tspdm_policy_genuine(&policy), TSPDM_OK);
		return policy;
	}
	len = test->is_demo
		      ? read_demo_policy(text, sizeof text)
		      : (size_t)snprintf(text, sizeof text, test->is_enclave ? enclave_policy_format : policy_format,
				test->binding != NULL ? test->binding : BOTH);
	if (tspdm_policy_read((struct tspdm_view){ (const uint8_t *)text, len }, &policy, why, sizeof why) != TSPDM_OK)
		fail_msg("%s", why);
	return policy;
}

static void attest(const struct test_case *test, const char *url, struct tspdm_crypto *crypto, struct appraisal *a)
{
	struct options options = { .allow_soft_tee = !test->no_soft_tee, .evidence = test->evidence, .timeout_s = 20 };
	struct material *m = calloc(1, sizeof *m);

	assert_non_null(m);
	m->options = &options;
	m->crypto = crypto;
	m->policy = make_policy(test);
	m->time = (int64_t)time(NULL);
	attest_endpoint(m, url, a);
	tspdm_policy_free(m->policy);
	free(m);
}

static void run_case(const struct test_case *test)
{
	struct appraisal *a = calloc(1, sizeof *a);
	struct attester *attester;
	struct tspdm_crypto *crypto;

	assert_non_null(a);
	assert_int_equal(tspdm_openssl_new(&crypto), TSPDM_OK);
	attester = start(test, crypto);
	attest(test, tspdm_listener_url(attester->listener), crypto, a);
	stop(attester);
	tspdm_openssl_free(crypto);
	if (a->verdict.kind != test->kind || a->verdict.status != test->status ||
		strstr(a->verdict.reason, test->words) == NULL)
		fail_msg("%s: %s, %s: %s", test->name, tspdm_verdict_name(a->verdict.kind),
			tspdm_status_name(a->verdict.status), a->verdict.reason);
	free(a);
}

#define WARN .kind = TSPDM_VERDICT_WARN, .status = TSPDM_OK, .words = "not hardware"
#define REJECT(s, w) .kind = TSPDM_VERDICT_REJECT, .status = TSPDM_ERR_##s, .words = w
#define OPTIONAL "{\"certificate\":\"optional\",\"measurement\":\"optional\"}"

static void a_sound_attester_is_accepted_with_the_remark_that_it_is_software(void **state)
{
	static const struct test_case cases[] = {
		{ .name = "both bindings", WARN },
		{ .name = "fresh evidence alone",
			.certificate = CERTIFICATE_WITHOUT_EVIDENCE,
			.binding = OPTIONAL,
			WARN },
		{ .name = "evidence taken if offered", .evidence = EVIDENCE_OPTIONAL, WARN },
		{ .name = "the demo's policy", .is_demo = true, WARN },
		{ .name = "an enclave", .is_enclave = true, WARN },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(&cases[i]);
}

static void evidence_that_is_not_about_this_peer_now_is_refused(void **state)
{
	static const struct test_case cases[] = {
		{ .name = "replay",
			.defects = TSPDM_SOFT_REPLAY,
			REJECT(EVIDENCE_NONCE, "does not answer this nonce (replayed)") },
		{ .name = "other report data",
			.has_other_tee = true,
			.fresh_defects = TSPDM_SOFT_WRONG_REPORT_DATA,
			REJECT(EVIDENCE_KEY, "another attester's: neither its guest nor its report data are this "
					     "peer's (relayed)") },
		{ .name = "two guests", .has_other_tee = true, REJECT(EVIDENCE_KEY, "different guests") },
		{ .name = "no certificate evidence to tell",
			.certificate = CERTIFICATE_WITHOUT_EVIDENCE,
			.binding = OPTIONAL,
			.defects = TSPDM_SOFT_WRONG_REPORT_DATA,
			REJECT(EVIDENCE_NONCE, "(replayed) or another key (relayed)") },
		{ .name = "key swap",
			.certificate = CERTIFICATE_OF_OTHER_KEY,
			REJECT(EVIDENCE_KEY, "certificate slot 0: the leaf's key is not the one in the quote") },
		{ .name = "key swap, nothing demanded",
			.certificate = CERTIFICATE_OF_OTHER_KEY,
			.binding = OPTIONAL,
			REJECT(EVIDENCE_KEY, "certificate slot 0: the leaf's key is not the one in the quote") },
		{ .name = "certificate evidence demanded",
			.certificate = CERTIFICATE_WITHOUT_EVIDENCE,
			REJECT(EVIDENCE_MISSING, "binding.certificate: the policy requires it") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(&cases[i]);
}

static void evidence_that_is_not_genuine_is_refused(void **state)
{
	static const struct test_case cases[] = {
		{ .name = "soft TEE not allowed", .no_soft_tee = true, REJECT(EVIDENCE_SOFT, "software TEE") },
		{ .name = "flipped report",
			.defects = TSPDM_SOFT_FLIP_REPORT,
			REJECT(EVIDENCE_SIGNATURE, "report.signature") },
		{ .name = "flipped enclave report",
			.is_enclave = true,
			.defects = TSPDM_SOFT_FLIP_REPORT,
			REJECT(EVIDENCE_SIGNATURE, "quote.signature") },
		{ .name = "replayed enclave quote",
			.is_enclave = true,
			.defects = TSPDM_SOFT_REPLAY,
			REJECT(EVIDENCE_NONCE, "does not answer this nonce (replayed)") },
		{ .name = "foreign root", .defects = TSPDM_SOFT_FOREIGN_ROOT, REJECT(EVIDENCE_ANCHOR, "anchor") },
		{ .name = "another chip's key", .defects = TSPDM_SOFT_WRONG_HWID, REJECT(EVIDENCE_HWID, "hwid") },
		{ .name = "unsigned", .defects = TSPDM_SOFT_UNSIGNED, REJECT(EVIDENCE_UNSIGNED, "") },
		{ .name = "plain device", .is_plain = true, REJECT(EVIDENCE_MISSING, "no TEE evidence") },
		{ .name = "plain device, evidence optional",
			.is_plain = true,
			.evidence = EVIDENCE_OPTIONAL,
			REJECT(CHAIN_UNTRUSTED, "--trust") },
		{ .name = "evidence not wanted, no root",
			.evidence = EVIDENCE_NONE,
			REJECT(CHAIN_UNTRUSTED, "--trust") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(&cases[i]);
}

static void genuine_evidence_that_the_policy_does_not_want_is_refused(void **state)
{
	static const struct test_case cases[] = {
		{ .name = "debug", .defects = TSPDM_SOFT_DEBUG, REJECT(POLICY, "policy.debug") },
		{ .name = "migration", .defects = TSPDM_SOFT_MIGRATION, REJECT(POLICY, "policy.migrate_ma") },
		{ .name = "an enclave under debug",
			.is_enclave = true,
			.defects = TSPDM_SOFT_DEBUG,
			REJECT(POLICY, "policy.debug") },
		{ .name = "another MRENCLAVE",
			.is_enclave = true,
			.measurement = 0xAB,
			REJECT(POLICY, "policy.measurement: accept[0]: expected 50f77ee0") },
		{ .name = "no policy", .no_policy = true, REJECT(POLICY, "no policy given") },
		{ .name = "genuine wants hardware",
			.is_genuine = true,
			REJECT(POLICY, "does not allow the software TEE") },
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		run_case(&cases[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_attester_is_accepted_with_the_remark_that_it_is_software),
		cmocka_unit_test(evidence_that_is_not_about_this_peer_now_is_refused),
		cmocka_unit_test(evidence_that_is_not_genuine_is_refused),
		cmocka_unit_test(genuine_evidence_that_the_policy_does_not_want_is_refused),
	};

	return cmocka_run_group_tests_name("attest", tests, NULL, NULL);
}
