/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * Reading policies: what is unknown, missing, doubled or of the wrong type is refused, and its place is named. Each
 * case is a good policy with one change. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include <tspdm/appraisal.h>

#define HEX16 "000102030405060708090a0b0c0d0e0f"
#define HEX32 HEX16 HEX16
#define HEX48 HEX16 HEX16 HEX16
#define HEX64 HEX32 HEX32

/* Every key that there is. */
static const char full[] =
	"{ \"version\": 1,"
	"\"anchors\": { \"snp\": [\"builtin\", \"configured\", \"" HEX32 "\"], \"tdx\": [\"builtin\", \"" HEX32
	"\"], \"sgx\": [], \"device\": [\"builtin\"],"
	"  \"standin\": [\"builtin\"] },"
	"\"accept\": [ { \"tee\": \"sev-snp\", \"product\": [\"Milan\", \"Genoa\", \"Turin\"],"
	"  \"measurement\": [\"" HEX48 "\"],"
	"  \"min_tcb\": { \"Milan\": {\"bootloader\": 4, \"tee\": 0, \"snp\": 24, \"microcode\": 219},"
	"    \"Genoa\": \"any\","
	"    \"Turin\": {\"fmc\": 1, \"bootloader\": 2, \"tee\": 0, \"snp\": 4, \"microcode\": 80} },"
	"  \"min_launch_tcb\": \"any\","
	"  \"policy\": { \"debug\": false, \"migrate_ma\": false, \"smt\": true, \"cxl\": false, \"single_socket\": "
	"true,"
	"    \"aes_256_xts\": false, \"rapl_disabled\": false, \"ciphertext_hiding\": false,"
	"    \"page_swap_disabled\": false, \"min_abi\": \"1.51\" },"
	"  \"platform_info\": { \"must_set\": [\"alias_check_complete\"], \"must_clear\": [\"tsme\"] },"
	"  \"vmpl\": [0, 1], \"host_data\": \"any\", \"min_guest_svn\": 0,"
	"  \"signer\": [\"vcek\", \"vlek\"], \"require_crl\": false, \"allow_provisional\": false,"
	"  \"require_chip_id\": true, \"launch_mit_vector\": \"0x1\", \"current_mit_vector\": \"0x1\","
	"  \"id_key_digest\": [\"" HEX48 "\"], \"author_key_digest\": \"any\", \"family_id\": [\"" HEX16 "\"],"
	"  \"image_id\": [\"" HEX16 "\"], \"report_id\": [\"" HEX32 "\"], \"chip_id\": [\"" HEX64 "\"],"
	"  \"csp_id\": [\"CN=example\"] },"
	"{ \"tee\": \"tdx\", \"mrtd\": [\"" HEX48 "\"], \"rtmr\": { \"0\": \"any\", \"2\": [\"" HEX48 "\"] },"
	"  \"attributes\": { \"value\": \"0000001000000000\", \"mask\": \"ff000000ffffffff\" }, \"xfam\": \"any\","
	"  \"tcb_status\": [\"UpToDate\"], \"advisories_tolerated\": [], \"min_tcb_evaluation_number\": 17,"
	"  \"require_collateral\": true, \"require_crl\": true, \"collateral_grace_s\": 0, \"debug\": false,"
	"  \"fmspc\": [\"00806f050000\"], \"ppid\": [\"" HEX16 "\"], \"mr_service_td\": \"zero\","
	"  \"mr_seam\": \"any\", \"mr_config_id\": \"any\", \"mr_owner\": \"any\", \"mr_owner_config\": \"any\" },"
	"{ \"tee\": \"sgx\", \"mrenclave\": [], \"mrsigner\": [\"" HEX32 "\"], \"isv_prod_id\": 1, \"min_isv_svn\": 2,"
	"  \"tcb_status\": [\"UpToDate\", \"SWHardeningNeeded\"], \"min_config_svn\": 0, \"config_id\": \"any\","
	"  \"attributes\": { \"value\": \"05"
	"000000000000000000000000000000\", \"mask\": \""
	"07000000000000000000000000000000\" },"
	"  \"isv_family_id\": [\"" HEX16 "\"], \"isv_ext_prod_id\": [\"" HEX16 "\"] },"
	"{ \"tee\": \"device\", \"measurements\": [ { \"index\": 2, \"digest\": [\"" HEX48 "\"] } ],"
	"  \"fwids\": { \"sha256\": [\"" HEX32 "\"], \"sha384\": [\"" HEX48 "\"], \"sha512\": [\"" HEX64 "\"],"
	"    \"sha3-256\": [\"" HEX32 "\"], \"sha3-384\": [\"" HEX48 "\"], \"sha3-512\": [\"" HEX64 "\"] },"
	"  \"flags\": { \"forbidden\": [\"debug\", \"not_secure\"], \"required\": [] }, \"min_svn\": 3,"
	"  \"device_info\": [\"VENDOR:PRODUCT:1\"] } ],"
	"\"binding\": { \"certificate\": \"required\", \"measurement\": \"required\", \"session\": \"none\" },"
	"\"spdm\": { \"versions\": [\"1.2\"], \"asym\": [\"ecdsa-p384\"], \"hash\": [\"sha384\"], \"dhe\": "
	"[\"secp384r1\"],"
	"  \"aead\": [\"aes-256-gcm\"], \"measurements\": [ { \"index\": 1, \"digest\": [\"" HEX48 "\", \"" HEX32
	"\"] } ] } }";

static struct tspdm_view text_view(const char *text)
{
	return (struct tspdm_view){ (const uint8_t *)text, strlen(text) };
}

static enum tspdm_status try_text(const char *text, char *why, size_t why_len)
{
	struct tspdm_policy *policy = (struct tspdm_policy *)-1;
	enum tspdm_status status = tspdm_policy_read(text_view(text), &policy, why, why_len);

	assert_true(status == TSPDM_OK ? policy != NULL : policy == NULL);
	tspdm_policy_free(policy);
	return status;
}

/* Walks to the object or list that a path as "accept/0/policy" names. */
static json_t *walk(json_t *root, const char *path)
{
	char copy[128], *save = NULL;

	snprintf(copy, sizeof copy, "%s", path);
	for (char *part = strtok_r(copy, "/", &save); part != NULL; part = strtok_r(NULL, "/", &save))
		root = json_is_array(root) ? json_array_get(root, strtoul(part, NULL, 10))
					   : json_object_get(root, part);
	assert_non_null(root);
	return root;
}

/* Sets (or, with NULL, deletes) one key of the full policy, reads it, and gives the message. */
static enum tspdm_status with_change(const char *path, const char *key, const char *value, char *why, size_t why_len)
{
	json_t *root = json_loads(full, 0, NULL);
	json_t *at = walk(root, path);
	enum tspdm_status status;
	char *text;

	if (value == NULL)
		assert_int_equal(json_object_del(at, key), 0);
	else
		assert_int_equal(json_object_set_new(at, key, json_loads(value, JSON_DECODE_ANY, NULL)), 0);
	text = json_dumps(root, 0);
	status = try_text(text, why, why_len);
	free(text);
	json_decref(root);
	return status;
}

struct change {
	const char *path, *key, *value; /* value NULL: the key is taken away */
	const char *why;                /* what the message begins with; NULL: the policy is good */
};

static void run(const struct change *changes, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct change *c = &changes[i];
		enum tspdm_status expected = c->why == NULL ? TSPDM_OK : TSPDM_ERR_POLICY_FORM;
		char why[256] = "";

		if (with_change(c->path, c->key, c->value, why, sizeof why) != expected ||
			(c->why != NULL && strncmp(why, c->why, strlen(c->why)) != 0))
			fail_msg("%s %s = %s: \"%s\"", c->path, c->key, c->value != NULL ? c->value : "(none)", why);
	}
}

#define RUN(changes) run(changes, sizeof(changes) / sizeof((changes)[0]))

static void a_policy_with_every_key_is_read(void **state)
{
	char why[256];

	(void)state;
	assert_int_equal(try_text(full, why, sizeof why), TSPDM_OK);
	assert_string_equal(why, "");
}

static void a_missing_key_that_matters_is_refused_by_name(void **state)
{
	static const struct change changes[] = {
		{ "", "version", NULL, "version: is missing; must be 1" },
		{ "", "anchors", NULL, "anchors: is missing" },
		{ "", "accept", NULL, "accept: is missing" },
		{ "", "binding", NULL, "binding: is missing" },
		{ "anchors", "snp", NULL, "anchors.snp: is missing" },
		{ "anchors", "tdx", NULL, "anchors.tdx: is missing" },
		{ "anchors", "sgx", NULL, "anchors.sgx: is missing" },
		{ "accept/1", "tee", NULL, "accept[1].tee: is missing" },
		{ "accept/1", "mrtd", NULL, "accept[1].mrtd: is missing" },
		{ "accept/1", "rtmr", NULL, "accept[1].rtmr: is missing" },
		{ "accept/1", "attributes", NULL, "accept[1].attributes: is missing" },
		{ "accept/1", "xfam", NULL, "accept[1].xfam: is missing" },
		{ "accept/1", "tcb_status", NULL, "accept[1].tcb_status: is missing" },
		{ "accept/2", "mrenclave", NULL, "accept[2].mrenclave: is missing" },
		{ "accept/2", "mrsigner", NULL, "accept[2].mrsigner: is missing" },
		{ "accept/2", "isv_prod_id", NULL, "accept[2].isv_prod_id: is missing" },
		{ "accept/2", "min_isv_svn", NULL, "accept[2].min_isv_svn: is missing" },
		{ "accept/2", "tcb_status", NULL, "accept[2].tcb_status: is missing" },
		{ "accept/0", "tee", NULL, "accept[0].tee: is missing" },
		{ "accept/0", "product", NULL, "accept[0].product: is missing" },
		{ "accept/0", "measurement", NULL,
			"accept[0].measurement: is missing; must be a list of 96 hex digits each, or \"any\"" },
		{ "accept/0", "min_tcb", NULL, "accept[0].min_tcb: is missing" },
		{ "accept/0", "policy", NULL, "accept[0].policy: is missing" },
		{ "accept/0", "vmpl", NULL, "accept[0].vmpl: is missing" },
		{ "accept/0", "host_data", NULL, "accept[0].host_data: is missing" },
		{ "accept/0", "signer", NULL, "accept[0].signer: is missing" },
		{ "accept/0", "require_crl", NULL, "accept[0].require_crl: is missing" },
		{ "accept/0/policy", "debug", NULL, "accept[0].policy.debug: is missing" },
		{ "accept/0/policy", "migrate_ma", NULL, "accept[0].policy.migrate_ma: is missing" },
		{ "accept/0/policy", "smt", NULL, "accept[0].policy.smt: is missing" },
		{ "accept/0/min_tcb", "Genoa", NULL, "accept[0].min_tcb.Genoa: is missing" },
		{ "accept/0/min_tcb/Milan", "snp", NULL, "accept[0].min_tcb.Milan.snp: is missing" },
		{ "accept/0/min_tcb/Turin", "fmc", NULL, "accept[0].min_tcb.Turin.fmc: is missing" },
		{ "binding", "certificate", NULL, "binding.certificate: is missing" },
		{ "binding", "measurement", NULL, "binding.measurement: is missing" },
		{ "spdm/measurements/0", "index", NULL, "spdm.measurements[0].index: is missing" },
		{ "spdm/measurements/0", "digest", NULL, "spdm.measurements[0].digest: is missing" },
	};

	(void)state;
	RUN(changes);
}

static void a_key_that_only_tightens_may_be_missing(void **state)
{
	static const struct change changes[] = {
		{ "", "spdm", NULL, NULL },
		{ "accept/1", "debug", NULL, NULL },
		{ "accept/1", "mr_service_td", NULL, NULL },
		{ "accept/1", "require_collateral", NULL, NULL },
		{ "accept/1", "mr_service_td", "\"any\"", NULL },
		{ "accept/1", "rtmr", "\"any\"", NULL },
		{ "accept/2", "attributes", NULL, NULL },
		{ "accept/2", "mrenclave", "\"any\"", NULL },
		{ "accept/2", "isv_prod_id", "\"any\"", NULL },
		{ "anchors", "standin", NULL, NULL },
		{ "accept/0", "platform_info", NULL, NULL },
		{ "accept/0", "min_guest_svn", NULL, NULL },
		{ "accept/0", "min_launch_tcb", NULL, NULL },
		{ "accept/0", "allow_provisional", NULL, NULL },
		{ "accept/0", "chip_id", NULL, NULL },
		{ "accept/0/policy", "cxl", NULL, NULL },
		{ "accept/0/policy", "min_abi", NULL, NULL },
		{ "binding", "session", NULL, NULL },
		{ "spdm", "measurements", NULL, NULL },
	};

	(void)state;
	RUN(changes);
}

static void an_unknown_key_is_refused_with_its_place(void **state)
{
	static const struct change changes[] = {
		{ "", "acept", "[]", "acept: unknown key" }, { "anchors", "amd", "[]", "anchors.amd: unknown key" },
		{ "accept/0", "mesurement", "\"any\"", "accept[0].mesurement: unknown key" },
		{ "accept/0/policy", "Debug", "true", "accept[0].policy.Debug: unknown key" },
		{ "accept/0/min_tcb", "Rome", "\"any\"", "accept[0].min_tcb.Rome: unknown key" },
		{ "accept/0/min_tcb/Milan", "fmc", "1", "accept[0].min_tcb.Milan.fmc: unknown key" },
		{ "accept/0/platform_info", "set", "[]", "accept[0].platform_info.set: unknown key" },
		{ "binding", "channel", "\"none\"", "binding.channel: unknown key" },
		{ "spdm", "kem", "[]", "spdm.kem: unknown key" },
		{ "spdm/measurements/0", "raw", "[]", "spdm.measurements[0].raw: unknown key" },
		{ "", "\033[31m", "1", "?[31m: unknown key" }, /* nothing of a file may steer the terminal */
	};

	(void)state;
	RUN(changes);
}

static void a_wrong_value_for_tdx_or_sgx_is_refused_with_what_it_should_be(void **state)
{
	static const struct change changes[] = {
		{ "accept/1", "tee", "\"sev\"", "accept[1].tee: must be \"sev-snp\", \"tdx\", \"sgx\" or \"device\"" },
		{ "accept/1", "mrtd", "[]", "accept[1].mrtd: must be a list of 96" },
		{ "accept/1", "rtmr", "{}", "accept[1].rtmr: must be an object by register" },
		{ "accept/1", "rtmr", "{\"4\": \"any\"}", "accept[1].rtmr.4: unknown key" },
		{ "accept/1/rtmr", "2", "[\"00\"]", "accept[1].rtmr.2[0]: " },
		{ "accept/1", "attributes", "\"any\"", "accept[1].attributes: must be an object with value and mask" },
		{ "accept/1/attributes", "more", "1", "accept[1].attributes.more: unknown key" },
		{ "accept/1/attributes", "mask", "\"ff\"", "accept[1].attributes: must be an object" },
		{ "accept/1", "tcb_status", "[\"Revoked\"]", "accept[1].tcb_status[0]: " },
		{ "accept/1", "tcb_status", "[\"NotSupported\"]", "accept[1].tcb_status[0]: " },
		{ "accept/1", "tcb_status", "[]", "accept[1].tcb_status: must be a list" },
		{ "accept/1", "advisories_tolerated", "[1]", "accept[1].advisories_tolerated[0]: " },
		{ "accept/1", "min_tcb_evaluation_number", "-1", "accept[1].min_tcb_evaluation_number: must be" },
		{ "accept/1", "require_collateral", "1", "accept[1].require_collateral: must be true or false" },
		{ "accept/1", "mr_service_td", "\"none\"", "accept[1].mr_service_td: must be \"zero\"" },
		{ "accept/1", "mrenclave", "\"any\"", "accept[1].mrenclave: unknown key" },
		{ "accept/2", "mrtd", "\"any\"", "accept[2].mrtd: unknown key" },
		{ "accept/2", "mrsigner", "[]", "accept[2]: mrenclave and mrsigner are both empty" },
		{ "accept/2", "isv_prod_id", "65536", "accept[2].isv_prod_id: must be an integer" },
		{ "accept/2", "isv_prod_id", "\"all\"", "accept[2].isv_prod_id: must be an integer" },
	};

	(void)state;
	RUN(changes);
}

static void a_wrong_value_for_a_device_is_refused_with_what_it_should_be(void **state)
{
	static const struct change changes[] = {
		{ "accept/3", "measurements", NULL, "accept[3].measurements: is missing" },
		{ "accept/3", "measurements", "[]", "accept[3]: measurements is empty" },
		{ "accept/3", "measurements", "\"any\"", NULL },
		{ "accept/3", "measurements", "\"all\"", "accept[3].measurements: must be a list" },
		{ "accept/3/measurements/0", "index", "0", "accept[3].measurements[0]: index must be" },
		{ "accept/3/measurements/0", "index", "255", "accept[3].measurements[0].index: must be an integer" },
		{ "accept/3/measurements/0", "digest", NULL, "accept[3].measurements[0].digest: is missing" },
		{ "accept/3", "fwids", NULL, "accept[3].fwids: is missing" },
		{ "accept/3", "fwids", "{}", "accept[3].fwids: must be an object by hash" },
		{ "accept/3", "fwids", "[]", "accept[3].fwids: must be an object by hash" },
		{ "accept/3", "fwids", "\"any\"", NULL },
		{ "accept/3/fwids", "sha1", "[]", "accept[3].fwids.sha1: unknown key" },
		{ "accept/3/fwids", "sha384", "[]", "accept[3].fwids.sha384: must be a list" },
		{ "accept/3/fwids", "sha384", "\"any\"", "accept[3].fwids.sha384: must be a list" },
		{ "accept/3/fwids", "sha384", "[\"" HEX32 "\"]", "accept[3].fwids.sha384[0]: " },
		{ "accept/3", "flags", NULL, "accept[3].flags: is missing" },
		{ "accept/3", "flags", "\"any\"", NULL },
		{ "accept/3", "flags", "\"none\"", "accept[3].flags: must be an object" },
		{ "accept/3/flags", "forbidden", NULL, "accept[3].flags.forbidden: is missing" },
		{ "accept/3/flags", "forbidden", "[\"bug\"]", "accept[3].flags.forbidden[0]: " },
		{ "accept/3", "min_svn", "-1", "accept[3].min_svn: must be an integer" },
		{ "accept/3", "min_svn", "\"3\"", "accept[3].min_svn: must be an integer" },
		{ "accept/3", "device_info", "[1]", "accept[3].device_info[0]: " },
		{ "accept/3", "vmpl", "[0]", "accept[3].vmpl: unknown key" },
		{ "anchors", "device", NULL, "anchors.device: is missing" },
		{ "spdm", "measurements", "\"any\"", "spdm.measurements: must be a list" },
	};

	(void)state;
	RUN(changes);
}

static void a_value_of_the_wrong_type_is_refused_with_what_it_should_be(void **state)
{
	static const struct change changes[] = {
		{ "", "version", "2", "version: must be 1" },
		{ "", "version", "\"1\"", "version: must be 1" },
		{ "", "version", "true", "version: must be 1" },
		{ "", "anchors", "[]", "anchors: must be an object with snp" },
		{ "", "accept", "{}", "accept: must be a list of objects" },
		{ "", "binding", "null", "binding: must be an object" },
		{ "", "spdm", "[]", "spdm: must be an object" },
		{ "anchors", "snp", "\"builtin\"", "anchors.snp: must be a list" },
		{ "anchors", "snp", "[\"standin\"]", "anchors.snp: must be a list" },
		{ "anchors", "snp", "[\"00\"]", "anchors.snp: must be a list" },
		{ "anchors", "tdx", "[\"any\"]", "anchors.tdx: must be a list of" },
		{ "anchors", "standin", "[\"configured\"]", "anchors.standin[0]: " },
		{ "anchors", "standin", "true", "anchors.standin: must be a list" },
		{ "accept/0", "tee", "1", "accept[0].tee: must be \"sev-snp\"" },
		{ "accept/0", "tee", "\"sev\"", "accept[0].tee: must be \"sev-snp\"" },
		{ "accept/0", "product", "\"Milan\"", "accept[0].product: must be a list" },
		{ "accept/0", "product", "[]", "accept[0].product: must be a list" },
		{ "accept/0", "product", "[\"Milan\",\"Rome\"]", "accept[0].product[1]: product has to be" },
		{ "accept/0", "measurement", "\"" HEX48 "\"", "accept[0].measurement: must be a list" },
		{ "accept/0", "measurement", "[]", "accept[0].measurement: must be a list" },
		{ "accept/0", "measurement", "\"ANY\"", "accept[0].measurement: must be a list" },
		{ "accept/0", "measurement", "[\"any\"]", "accept[0].measurement[0]: measurement has to be" },
		{ "accept/0", "measurement", "[\"" HEX48 "\", \"" HEX32 "\"]", "accept[0].measurement[1]: " },
		{ "accept/0", "measurement", "[\"" HEX48 "0\"]", "accept[0].measurement[0]: " },
		{ "accept/0", "measurement", "[\"0x" HEX48 "\"]", "accept[0].measurement[0]: " },
		{ "accept/0", "measurement", "[17]", "accept[0].measurement[0]: " },
		{ "accept/0", "min_tcb", "{}", "accept[0].min_tcb: must be an object by product" },
		{ "accept/0", "min_tcb", "4", "accept[0].min_tcb: must be an object by product" },
		{ "accept/0/min_tcb", "Milan", "219", "accept[0].min_tcb.Milan: must be an object of TCB components" },
		{ "accept/0/min_tcb/Milan", "snp", "256",
			"accept[0].min_tcb.Milan.snp: must be an integer of 0 to 255" },
		{ "accept/0/min_tcb/Milan", "snp", "-1",
			"accept[0].min_tcb.Milan.snp: must be an integer of 0 to 255" },
		{ "accept/0/min_tcb/Milan", "snp", "24.0",
			"accept[0].min_tcb.Milan.snp: must be an integer of 0 to 255" },
		{ "accept/0/min_tcb/Milan", "snp", "\"24\"", "accept[0].min_tcb.Milan.snp: must be an integer" },
		{ "accept/0", "policy", "\"any\"", "accept[0].policy: must be an object" },
		{ "accept/0/policy", "debug", "0", "accept[0].policy.debug: must be true or false" },
		{ "accept/0/policy", "debug", "null", "accept[0].policy.debug: must be true or false" },
		{ "accept/0/policy", "migrate_ma", "\"false\"", "accept[0].policy.migrate_ma: must be true or false" },
		{ "accept/0/policy", "smt", "\"any\"", "accept[0].policy.smt: must be true or false" },
		{ "accept/0/policy", "cxl", "1", "accept[0].policy.cxl: must be true or false" },
		{ "accept/0/policy", "min_abi", "1.51", "accept[0].policy.min_abi: must be a version" },
		{ "accept/0/policy", "min_abi", "\"1\"", "accept[0].policy.min_abi: must be a version" },
		{ "accept/0/policy", "min_abi", "\"1.\"", "accept[0].policy.min_abi: must be a version" },
		{ "accept/0/policy", "min_abi", "\"1.256\"", "accept[0].policy.min_abi: must be a version" },
		{ "accept/0/policy", "min_abi", "\"1.51.3\"", "accept[0].policy.min_abi: must be a version" },
		{ "accept/0", "platform_info", "[]", "accept[0].platform_info: must be an object" },
		{ "accept/0/platform_info", "must_set", "[\"turbo\"]", "accept[0].platform_info.must_set[0]: " },
		{ "accept/0/platform_info", "must_set", "[\"tsme\"]", "accept[0].platform_info: asks for a bit both" },
		{ "accept/0", "vmpl", "0", "accept[0].vmpl: must be a list" },
		{ "accept/0", "vmpl", "[]", "accept[0].vmpl: must be a list" },
		{ "accept/0", "vmpl", "[0, 4]", "accept[0].vmpl[1]: " },
		{ "accept/0", "host_data", "[\"" HEX48 "\"]", "accept[0].host_data[0]: " },
		{ "accept/0", "min_guest_svn", "4294967296", "accept[0].min_guest_svn: must be an integer" },
		{ "accept/0", "min_guest_svn", "-1", "accept[0].min_guest_svn: must be an integer" },
		{ "accept/0", "signer", "\"any\"", "accept[0].signer: must be a list" },
		{ "accept/0", "signer", "[\"vdek\"]", "accept[0].signer[0]: " },
		{ "accept/0", "require_crl", "\"no\"", "accept[0].require_crl: must be true or false" },
		{ "accept/0", "allow_provisional", "1", "accept[0].allow_provisional: must be true or false" },
		{ "accept/0", "require_chip_id", "1", "accept[0].require_chip_id: must be true or false" },
		{ "accept/0", "launch_mit_vector", "1", "accept[0].launch_mit_vector: must be a mask" },
		{ "accept/0", "current_mit_vector", "\"1\"", "accept[0].current_mit_vector: must be a mask" },
		{ "accept/0", "current_mit_vector", "\"0x11111111111111111\"",
			"accept[0].current_mit_vector: must be a mask" },
		{ "accept/0", "id_key_digest", "[]", "accept[0].id_key_digest: must be a list" },
		{ "accept/0", "chip_id", "[\"" HEX32 "\"]", "accept[0].chip_id[0]: " },
		{ "accept/0", "csp_id", "[\"\"]", "accept[0].csp_id[0]: " },
		{ "binding", "certificate", "true", "binding.certificate: must be \"required\"" },
		{ "binding", "measurement", "\"always\"", "binding.measurement: must be \"required\"" },
		{ "binding", "session", "\"always\"", "binding.session: must be \"required\"" },
		{ "binding", "session", "true", "binding.session: must be \"required\"" },
		{ "binding", "max_age_s", "0", "binding.max_age_s: must be an integer of 1 to 31536000 seconds" },
		{ "binding", "max_age_s", "31536001",
			"binding.max_age_s: must be an integer of 1 to 31536000 seconds" },
		{ "binding", "max_age_s", "\"any\"", "binding.max_age_s: must be an integer of 1 to 31536000 seconds" },
		{ "spdm", "versions", "[\"1.5\"]", "spdm.versions[0]: " },
		{ "spdm", "versions", "\"any\"", "spdm.versions: must be a list" },
		{ "spdm", "asym", "[\"sha384\"]", "spdm.asym[0]: is no algorithm of this kind" },
		{ "spdm", "hash", "[]", "spdm.hash: must be a list" },
		{ "spdm", "measurements", "{}", "spdm.measurements: must be a list" },
		{ "spdm/measurements/0", "index", "0", "spdm.measurements[0]: index must be" },
		{ "spdm/measurements/0", "index", "255", "spdm.measurements[0].index: must be" },
		{ "spdm/measurements/0", "digest", "[\"00\"]", "spdm.measurements[0].digest[0]: " },
	};

	(void)state;
	RUN(changes);
}

static void text_that_is_no_policy_is_refused(void **state)
{
	static const struct {
		const char *text, *why;
	} cases[] = {
		{ "", "policy: line 1" },
		{ "[]", "policy: must be a JSON object" },
		{ "17", "policy: line 1" },
		{ "{\"version\": 1", "policy: line 1" },
		{ "{\"version\": 1}}", "policy: line 1" },
		{ "{\"version\": 1, \"version\": 1}", "policy: line 1, column" },
		{ "{\"version\": 1,\n \"binding\": {\"certificate\": \"none\", \"certificate\": \"none\"}}",
			"policy: line 2" },
		{ "{\"version\": \"\\u0000\"}", "policy: line 1" },
		{ "{} trailing", "policy: line 1" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		char why[256] = "";

		assert_int_equal(try_text(cases[i].text, why, sizeof why), TSPDM_ERR_POLICY_FORM);
		if (strncmp(why, cases[i].why, strlen(cases[i].why)) != 0)
			fail_msg("%s: \"%s\"", cases[i].text, why);
	}
}

/* The message is for people: any room will do, also none. */
static void the_message_fits_into_what_room_there_is(void **state)
{
	char why[8];

	(void)state;
	memset(why, 'x', sizeof why);
	assert_int_equal(with_change("", "unknown", "1", why, sizeof why - 1), TSPDM_ERR_POLICY_FORM);
	assert_string_equal(why, "unknow");
	assert_int_equal(why[7], 'x');
	assert_int_equal(with_change("", "unknown", "1", NULL, 0), TSPDM_ERR_POLICY_FORM);
}

static void the_built_in_policy_is_read_and_knows_no_stand_in(void **state)
{
	struct tspdm_policy *policy;

	(void)state;
	assert_int_equal(tspdm_policy_genuine(&policy), TSPDM_OK);
	assert_false(tspdm_policy_allows_standin(policy));
	tspdm_policy_free(policy);
	tspdm_policy_free(NULL);
	assert_false(tspdm_policy_allows_standin(NULL));
}

static void the_stand_in_is_allowed_only_where_it_is_named(void **state)
{
	struct tspdm_policy *policy;

	(void)state;
	assert_int_equal(tspdm_policy_read(text_view(full), &policy, NULL, 0), TSPDM_OK);
	assert_true(tspdm_policy_allows_standin(policy));
	tspdm_policy_free(policy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_policy_with_every_key_is_read),
		cmocka_unit_test(a_missing_key_that_matters_is_refused_by_name),
		cmocka_unit_test(a_key_that_only_tightens_may_be_missing),
		cmocka_unit_test(an_unknown_key_is_refused_with_its_place),
		cmocka_unit_test(a_wrong_value_for_a_device_is_refused_with_what_it_should_be),
		cmocka_unit_test(a_value_of_the_wrong_type_is_refused_with_what_it_should_be),
		cmocka_unit_test(a_wrong_value_for_tdx_or_sgx_is_refused_with_what_it_should_be),
		cmocka_unit_test(text_that_is_no_policy_is_refused),
		cmocka_unit_test(the_message_fits_into_what_room_there_is),
		cmocka_unit_test(the_built_in_policy_is_read_and_knows_no_stand_in),
		cmocka_unit_test(the_stand_in_is_allowed_only_where_it_is_named),
	};

	return cmocka_run_group_tests_name("policy", tests, NULL, NULL);
}
