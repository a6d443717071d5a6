/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The names of what an observer checks, and of secrets in key logs. */
#include <tspdm/observer.h>

static const char *const names[TSPDM_CHECK_KINDS] = {
	[TSPDM_CHECK_ALGORITHMS_SELECTION] = "algorithms_selection",
	[TSPDM_CHECK_DIGEST_OF_CHAIN] = "digest_of_chain",
	[TSPDM_CHECK_CHAIN_ROOT_HASH] = "chain_root_hash",
	[TSPDM_CHECK_CHAIN_LINKS] = "chain_links",
	[TSPDM_CHECK_CHALLENGE_AUTH_CHAIN_HASH] = "challenge_auth_chain_hash",
	[TSPDM_CHECK_CHALLENGE_AUTH_ECHO] = "challenge_auth_echo",
	[TSPDM_CHECK_CHALLENGE_AUTH_SIGNATURE] = "challenge_auth_signature",
	[TSPDM_CHECK_MEASUREMENTS_ECHO] = "measurements_echo",
	[TSPDM_CHECK_MEASUREMENTS_SIGNATURE] = "measurements_signature",
	[TSPDM_CHECK_ENDPOINT_INFO_SIGNATURE] = "endpoint_info_signature",
	[TSPDM_CHECK_CSR_SIGNATURE] = "csr_signature",
	[TSPDM_CHECK_KEY_EXCHANGE_RSP_SUMMARY] = "key_exchange_rsp_summary",
	[TSPDM_CHECK_KEY_EXCHANGE_RSP_SIGNATURE] = "key_exchange_rsp_signature",
	[TSPDM_CHECK_KEY_EXCHANGE_RSP_VERIFY_DATA] = "key_exchange_rsp_verify_data",
	[TSPDM_CHECK_FINISH_SIGNATURE] = "finish_signature",
	[TSPDM_CHECK_FINISH_VERIFY_DATA] = "finish_verify_data",
	[TSPDM_CHECK_FINISH_RSP_VERIFY_DATA] = "finish_rsp_verify_data",
	[TSPDM_CHECK_PSK_EXCHANGE_RSP_SUMMARY] = "psk_exchange_rsp_summary",
	[TSPDM_CHECK_PSK_EXCHANGE_RSP_VERIFY_DATA] = "psk_exchange_rsp_verify_data",
	[TSPDM_CHECK_PSK_FINISH_VERIFY_DATA] = "psk_finish_verify_data",
	[TSPDM_CHECK_KEY_UPDATE_ECHO] = "key_update_echo",
	[TSPDM_CHECK_KEY_UPDATE_GENERATION] = "key_update_generation",
	[TSPDM_CHECK_RECORD] = "record",
	[TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_CHAIN_HASH] = "encap_challenge_auth_chain_hash",
	[TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_ECHO] = "encap_challenge_auth_echo",
	[TSPDM_CHECK_ENCAP_CHALLENGE_AUTH_SIGNATURE] = "encap_challenge_auth_signature",
	[TSPDM_CHECK_ENCAP_ENDPOINT_INFO_SIGNATURE] = "encap_endpoint_info_signature",
	[TSPDM_CHECK_ENCAP_KEY_UPDATE_ECHO] = "encap_key_update_echo",
	[TSPDM_CHECK_ENCAP_KEY_UPDATE_GENERATION] = "encap_key_update_generation",
};

static const char *const labels[TSPDM_SECRET_KINDS] = {
	[TSPDM_SECRET_DHE] = "SPDM_DHE_SECRET",
	[TSPDM_SECRET_PSK] = "SPDM_PSK",
	[TSPDM_SECRET_HANDSHAKE] = "SPDM_HANDSHAKE_SECRET",
	[TSPDM_SECRET_REQUEST_DATA] = "SPDM_REQ_DATA_SECRET",
	[TSPDM_SECRET_RESPONSE_DATA] = "SPDM_RSP_DATA_SECRET",
};

const char *tspdm_secret_label(unsigned kind)
{
	return kind < TSPDM_SECRET_KINDS ? labels[kind] : NULL;
}

const char *tspdm_check_name(unsigned kind)
{
	return kind < TSPDM_CHECK_KINDS ? names[kind] : NULL;
}
