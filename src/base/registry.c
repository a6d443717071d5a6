/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The registries of DSP0274 as tables: message codes, error codes, capability flags, algorithms, measurement types. */
#include <tspdm/spdm.h>

struct name {
	uint8_t value;
	const char *name;
};

static const struct name codes[] = {
	{ TSPDM_DIGESTS, "DIGESTS" },
	{ TSPDM_CERTIFICATE, "CERTIFICATE" },
	{ TSPDM_CHALLENGE_AUTH, "CHALLENGE_AUTH" },
	{ TSPDM_VERSION, "VERSION" },
	{ TSPDM_CHUNK_SEND_ACK, "CHUNK_SEND_ACK" },
	{ TSPDM_CHUNK_RESPONSE, "CHUNK_RESPONSE" },
	{ TSPDM_ENDPOINT_INFO, "ENDPOINT_INFO" },
	{ TSPDM_SLOT_MANAGEMENT_RESP, "SLOT_MANAGEMENT_RESP" },
	{ TSPDM_MEASUREMENTS, "MEASUREMENTS" },
	{ TSPDM_CAPABILITIES, "CAPABILITIES" },
	{ TSPDM_SUPPORTED_EVENT_TYPES, "SUPPORTED_EVENT_TYPES" },
	{ TSPDM_ALGORITHMS, "ALGORITHMS" },
	{ TSPDM_KEY_EXCHANGE_RSP, "KEY_EXCHANGE_RSP" },
	{ TSPDM_FINISH_RSP, "FINISH_RSP" },
	{ TSPDM_PSK_EXCHANGE_RSP, "PSK_EXCHANGE_RSP" },
	{ TSPDM_PSK_FINISH_RSP, "PSK_FINISH_RSP" },
	{ TSPDM_HEARTBEAT_ACK, "HEARTBEAT_ACK" },
	{ TSPDM_KEY_UPDATE_ACK, "KEY_UPDATE_ACK" },
	{ TSPDM_ENCAPSULATED_REQUEST, "ENCAPSULATED_REQUEST" },
	{ TSPDM_ENCAPSULATED_RESPONSE_ACK, "ENCAPSULATED_RESPONSE_ACK" },
	{ TSPDM_END_SESSION_ACK, "END_SESSION_ACK" },
	{ TSPDM_CSR, "CSR" },
	{ TSPDM_SET_CERTIFICATE_RSP, "SET_CERTIFICATE_RSP" },
	{ TSPDM_MEASUREMENT_EXTENSION_LOG, "MEASUREMENT_EXTENSION_LOG" },
	{ TSPDM_SUBSCRIBE_EVENT_TYPES_ACK, "SUBSCRIBE_EVENT_TYPES_ACK" },
	{ TSPDM_EVENT_ACK, "EVENT_ACK" },
	{ TSPDM_KEY_PAIR_INFO, "KEY_PAIR_INFO" },
	{ TSPDM_SET_KEY_PAIR_INFO_ACK, "SET_KEY_PAIR_INFO_ACK" },
	{ TSPDM_VENDOR_DEFINED_RESPONSE, "VENDOR_DEFINED_RESPONSE" },
	{ TSPDM_ERROR, "ERROR" },
	{ TSPDM_GET_DIGESTS, "GET_DIGESTS" },
	{ TSPDM_GET_CERTIFICATE, "GET_CERTIFICATE" },
	{ TSPDM_CHALLENGE, "CHALLENGE" },
	{ TSPDM_GET_VERSION, "GET_VERSION" },
	{ TSPDM_CHUNK_SEND, "CHUNK_SEND" },
	{ TSPDM_CHUNK_GET, "CHUNK_GET" },
	{ TSPDM_GET_ENDPOINT_INFO, "GET_ENDPOINT_INFO" },
	{ TSPDM_SLOT_MANAGEMENT, "SLOT_MANAGEMENT" },
	{ TSPDM_GET_MEASUREMENTS, "GET_MEASUREMENTS" },
	{ TSPDM_GET_CAPABILITIES, "GET_CAPABILITIES" },
	{ TSPDM_GET_SUPPORTED_EVENT_TYPES, "GET_SUPPORTED_EVENT_TYPES" },
	{ TSPDM_NEGOTIATE_ALGORITHMS, "NEGOTIATE_ALGORITHMS" },
	{ TSPDM_KEY_EXCHANGE, "KEY_EXCHANGE" },
	{ TSPDM_FINISH, "FINISH" },
	{ TSPDM_PSK_EXCHANGE, "PSK_EXCHANGE" },
	{ TSPDM_PSK_FINISH, "PSK_FINISH" },
	{ TSPDM_HEARTBEAT, "HEARTBEAT" },
	{ TSPDM_KEY_UPDATE, "KEY_UPDATE" },
	{ TSPDM_GET_ENCAPSULATED_REQUEST, "GET_ENCAPSULATED_REQUEST" },
	{ TSPDM_DELIVER_ENCAPSULATED_RESPONSE, "DELIVER_ENCAPSULATED_RESPONSE" },
	{ TSPDM_END_SESSION, "END_SESSION" },
	{ TSPDM_GET_CSR, "GET_CSR" },
	{ TSPDM_SET_CERTIFICATE, "SET_CERTIFICATE" },
	{ TSPDM_GET_MEASUREMENT_EXTENSION_LOG, "GET_MEASUREMENT_EXTENSION_LOG" },
	{ TSPDM_SUBSCRIBE_EVENT_TYPES, "SUBSCRIBE_EVENT_TYPES" },
	{ TSPDM_SEND_EVENT, "SEND_EVENT" },
	{ TSPDM_GET_KEY_PAIR_INFO, "GET_KEY_PAIR_INFO" },
	{ TSPDM_SET_KEY_PAIR_INFO, "SET_KEY_PAIR_INFO" },
	{ TSPDM_VENDOR_DEFINED_REQUEST, "VENDOR_DEFINED_REQUEST" },
	{ TSPDM_RESPOND_IF_READY, "RESPOND_IF_READY" },
};

static const struct name error_codes[] = {
	{ TSPDM_ERROR_INVALID_REQUEST, "InvalidRequest" },
	{ TSPDM_ERROR_INVALID_SESSION, "InvalidSession" },
	{ TSPDM_ERROR_BUSY, "Busy" },
	{ TSPDM_ERROR_UNEXPECTED_REQUEST, "UnexpectedRequest" },
	{ TSPDM_ERROR_UNSPECIFIED, "Unspecified" },
	{ TSPDM_ERROR_DECRYPT_ERROR, "DecryptError" },
	{ TSPDM_ERROR_UNSUPPORTED_REQUEST, "UnsupportedRequest" },
	{ TSPDM_ERROR_REQUEST_IN_FLIGHT, "RequestInFlight" },
	{ TSPDM_ERROR_INVALID_RESPONSE_CODE, "InvalidResponseCode" },
	{ TSPDM_ERROR_SESSION_LIMIT_EXCEEDED, "SessionLimitExceeded" },
	{ TSPDM_ERROR_SESSION_REQUIRED, "SessionRequired" },
	{ TSPDM_ERROR_RESET_REQUIRED, "ResetRequired" },
	{ TSPDM_ERROR_RESPONSE_TOO_LARGE, "ResponseTooLarge" },
	{ TSPDM_ERROR_REQUEST_TOO_LARGE, "RequestTooLarge" },
	{ TSPDM_ERROR_LARGE_RESPONSE, "LargeResponse" },
	{ TSPDM_ERROR_MESSAGE_LOST, "MessageLost" },
	{ TSPDM_ERROR_INVALID_POLICY, "InvalidPolicy" },
	{ TSPDM_ERROR_DATA_TOO_LARGE, "DataTooLarge" },
	{ TSPDM_ERROR_VERSION_MISMATCH, "VersionMismatch" },
	{ TSPDM_ERROR_RESPONSE_NOT_READY, "ResponseNotReady" },
	{ TSPDM_ERROR_REQUEST_RESYNCH, "RequestResynch" },
	{ TSPDM_ERROR_OPERATION_FAILED, "OperationFailed" },
	{ TSPDM_ERROR_NO_PENDING_REQUESTS, "NoPendingRequests" },
	{ TSPDM_ERROR_REQUEST_SESSION_TERMINATED, "RequestSessionTerminated" },
	{ TSPDM_ERROR_INVALID_STATE, "InvalidState" },
	{ TSPDM_ERROR_VENDOR_DEFINED, "VendorDefined" },
};

static const struct name measurement_types[] = {
	{ TSPDM_MEASUREMENT_ROM, "immutable ROM" },
	{ TSPDM_MEASUREMENT_FIRMWARE, "mutable firmware" },
	{ TSPDM_MEASUREMENT_HARDWARE_CONFIG, "hardware configuration" },
	{ TSPDM_MEASUREMENT_FIRMWARE_CONFIG, "firmware configuration" },
	{ TSPDM_MEASUREMENT_MANIFEST, "measurement manifest" },
	{ TSPDM_MEASUREMENT_DEVICE_MODE, "device mode" },
	{ TSPDM_MEASUREMENT_VERSION, "firmware version" },
	{ TSPDM_MEASUREMENT_SVN, "firmware security version" },
	{ TSPDM_MEASUREMENT_HEM, "hash-extended measurement" },
	{ TSPDM_MEASUREMENT_INFORMATIONAL, "informational" },
	{ TSPDM_MEASUREMENT_STRUCTURED_MANIFEST, "structured manifest" },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *name_of(const struct name *rows, size_t count, uint8_t value)
{
	for (size_t i = 0; i < count; i++)
		if (rows[i].value == value)
			return rows[i].name;
	return "reserved";
}

const char *tspdm_code_name(uint8_t code)
{
	return name_of(codes, COUNT(codes), code);
}

const char *tspdm_error_code_name(uint8_t code)
{
	return name_of(error_codes, COUNT(error_codes), code);
}

const char *tspdm_measurement_type_name(uint8_t type)
{
	return name_of(measurement_types, COUNT(measurement_types), type & 0x7FU);
}

static const struct tspdm_capability_name capabilities[] = {
	{ "CACHE", TSPDM_CAP_CACHE, TSPDM_CAP_CACHE },
	{ "CERT", TSPDM_CAP_CERT, TSPDM_CAP_CERT },
	{ "CHAL", TSPDM_CAP_CHAL, TSPDM_CAP_CHAL },
	{ "MEAS_NO_SIG", TSPDM_CAP_MEAS_MASK, TSPDM_CAP_MEAS_NO_SIG },
	{ "MEAS_SIG", TSPDM_CAP_MEAS_MASK, TSPDM_CAP_MEAS_SIG },
	{ "MEAS_FRESH", TSPDM_CAP_MEAS_FRESH, TSPDM_CAP_MEAS_FRESH },
	{ "ENCRYPT", TSPDM_CAP_ENCRYPT, TSPDM_CAP_ENCRYPT },
	{ "MAC", TSPDM_CAP_MAC, TSPDM_CAP_MAC },
	{ "MUT_AUTH", TSPDM_CAP_MUT_AUTH, TSPDM_CAP_MUT_AUTH },
	{ "KEY_EX", TSPDM_CAP_KEY_EX, TSPDM_CAP_KEY_EX },
	{ "PSK", TSPDM_CAP_PSK_MASK, TSPDM_CAP_PSK },
	{ "PSK_WITH_CONTEXT", TSPDM_CAP_PSK_MASK, TSPDM_CAP_PSK_WITH_CONTEXT },
	{ "ENCAP", TSPDM_CAP_ENCAP, TSPDM_CAP_ENCAP },
	{ "HBEAT", TSPDM_CAP_HBEAT, TSPDM_CAP_HBEAT },
	{ "KEY_UPD", TSPDM_CAP_KEY_UPD, TSPDM_CAP_KEY_UPD },
	{ "HANDSHAKE_IN_THE_CLEAR", TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR, TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR },
	{ "PUB_KEY_ID", TSPDM_CAP_PUB_KEY_ID, TSPDM_CAP_PUB_KEY_ID },
	{ "CHUNK", TSPDM_CAP_CHUNK, TSPDM_CAP_CHUNK },
	{ "ALIAS_CERT", TSPDM_CAP_ALIAS_CERT, TSPDM_CAP_ALIAS_CERT },
	{ "SET_CERT", TSPDM_CAP_SET_CERT, TSPDM_CAP_SET_CERT },
	{ "CSR", TSPDM_CAP_CSR, TSPDM_CAP_CSR },
	{ "CERT_INSTALL_RESET", TSPDM_CAP_CERT_INSTALL_RESET, TSPDM_CAP_CERT_INSTALL_RESET },
	{ "EP_INFO_NO_SIG", TSPDM_CAP_EP_INFO_MASK, TSPDM_CAP_EP_INFO_NO_SIG },
	{ "EP_INFO_SIG", TSPDM_CAP_EP_INFO_MASK, TSPDM_CAP_EP_INFO_SIG },
	{ "MEL", TSPDM_CAP_MEL, TSPDM_CAP_MEL },
	{ "EVENT", TSPDM_CAP_EVENT, TSPDM_CAP_EVENT },
	{ "MULTI_KEY_ONLY", TSPDM_CAP_MULTI_KEY_MASK, TSPDM_CAP_MULTI_KEY_ONLY },
	{ "MULTI_KEY_NEGOTIABLE", TSPDM_CAP_MULTI_KEY_MASK, TSPDM_CAP_MULTI_KEY_NEGOTIABLE },
	{ "GET_KEY_PAIR_INFO", TSPDM_CAP_GET_KEY_PAIR_INFO, TSPDM_CAP_GET_KEY_PAIR_INFO },
	{ "SET_KEY_PAIR_INFO", TSPDM_CAP_SET_KEY_PAIR_INFO, TSPDM_CAP_SET_KEY_PAIR_INFO },
	{ "SET_KEY_PAIR_RESET", TSPDM_CAP_SET_KEY_PAIR_RESET, TSPDM_CAP_SET_KEY_PAIR_RESET },
	{ "LARGE_RESP", TSPDM_CAP_LARGE_RESP, TSPDM_CAP_LARGE_RESP },
};

const struct tspdm_capability_name *tspdm_capability_row(unsigned i)
{
	return i < COUNT(capabilities) ? &capabilities[i] : NULL;
}

/* clang-format off */
static const struct tspdm_algorithm algorithms[] = {
	/* kind                        since      rank  bit                             size strength name */
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 10,  TSPDM_ASYM_RSASSA_2048,          256, 2048, "rsassa-2048" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 15,  TSPDM_ASYM_RSAPSS_2048,          256, 2048, "rsapss-2048" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 20,  TSPDM_ASYM_RSASSA_3072,          384, 3072, "rsassa-3072" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 25,  TSPDM_ASYM_RSAPSS_3072,          384, 3072, "rsapss-3072" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 60,  TSPDM_ASYM_ECDSA_P256,            64,  256, "ecdsa-p256" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 30,  TSPDM_ASYM_RSASSA_4096,          512, 4096, "rsassa-4096" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 35,  TSPDM_ASYM_RSAPSS_4096,          512, 4096, "rsapss-4096" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 80,  TSPDM_ASYM_ECDSA_P384,            96,  384, "ecdsa-p384" },
	{ TSPDM_KIND_ASYM,             TSPDM_V10, 75,  TSPDM_ASYM_ECDSA_P521,           132,  521, "ecdsa-p521" },
	{ TSPDM_KIND_ASYM,             TSPDM_V12,  5,  TSPDM_ASYM_SM2,                   64,  256, "sm2" },
	{ TSPDM_KIND_ASYM,             TSPDM_V12, 65,  TSPDM_ASYM_ED25519,               64,  255, "ed25519" },
	{ TSPDM_KIND_ASYM,             TSPDM_V12, 70,  TSPDM_ASYM_ED448,                114,  448, "ed448" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 40,  TSPDM_HASH_SHA256,                32,    0, "sha256" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 80,  TSPDM_HASH_SHA384,                48,    0, "sha384" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 70,  TSPDM_HASH_SHA512,                64,    0, "sha512" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 35,  TSPDM_HASH_SHA3_256,              32,    0, "sha3-256" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 60,  TSPDM_HASH_SHA3_384,              48,    0, "sha3-384" },
	{ TSPDM_KIND_HASH,             TSPDM_V10, 50,  TSPDM_HASH_SHA3_512,              64,    0, "sha3-512" },
	{ TSPDM_KIND_HASH,             TSPDM_V12,  5,  TSPDM_HASH_SM3,                   32,    0, "sm3" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10,  1,  TSPDM_MEASUREMENT_HASH_RAW_ONLY,   0,    0, "raw" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 40,  TSPDM_HASH_SHA256 << 1,           32,    0, "sha256" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 80,  TSPDM_HASH_SHA384 << 1,           48,    0, "sha384" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 70,  TSPDM_HASH_SHA512 << 1,           64,    0, "sha512" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 35,  TSPDM_HASH_SHA3_256 << 1,         32,    0, "sha3-256" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 60,  TSPDM_HASH_SHA3_384 << 1,         48,    0, "sha3-384" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V10, 50,  TSPDM_HASH_SHA3_512 << 1,         64,    0, "sha3-512" },
	{ TSPDM_KIND_MEASUREMENT_HASH, TSPDM_V12,  5,  TSPDM_HASH_SM3 << 1,              32,    0, "sm3" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 10,  TSPDM_DHE_FFDHE2048,             256,    0, "ffdhe2048" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 20,  TSPDM_DHE_FFDHE3072,             384,    0, "ffdhe3072" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 30,  TSPDM_DHE_FFDHE4096,             512,    0, "ffdhe4096" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 60,  TSPDM_DHE_SECP256R1,              64,  256, "secp256r1" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 80,  TSPDM_DHE_SECP384R1,              96,  384, "secp384r1" },
	{ TSPDM_KIND_DHE,              TSPDM_V11, 70,  TSPDM_DHE_SECP521R1,             132,  521, "secp521r1" },
	{ TSPDM_KIND_DHE,              TSPDM_V12,  5,  TSPDM_DHE_SM2_P256,               64,  256, "sm2-p256" },
	{ TSPDM_KIND_AEAD,             TSPDM_V11, 60,  TSPDM_AEAD_AES_128_GCM,           16,    0, "aes-128-gcm" },
	{ TSPDM_KIND_AEAD,             TSPDM_V11, 80,  TSPDM_AEAD_AES_256_GCM,           32,    0, "aes-256-gcm" },
	{ TSPDM_KIND_AEAD,             TSPDM_V11, 70,  TSPDM_AEAD_CHACHA20_POLY1305,     32,    0, "chacha20-poly1305" },
	{ TSPDM_KIND_AEAD,             TSPDM_V12,  5,  TSPDM_AEAD_SM4_GCM,               16,    0, "sm4-gcm" },
	{ TSPDM_KIND_KEY_SCHEDULE,     TSPDM_V11,  1,  TSPDM_KEY_SCHEDULE_SPDM,           0,    0, "spdm" },
};
/* clang-format on */

/* Where the rows of each kind begin, and end: every size on the wire is looked up by bit, dozens in a session. */
static const uint8_t first_row[] = {
	[TSPDM_KIND_ASYM] = 0,
	[TSPDM_KIND_HASH] = 12,
	[TSPDM_KIND_MEASUREMENT_HASH] = 19,
	[TSPDM_KIND_DHE] = 27,
	[TSPDM_KIND_AEAD] = 34,
	[TSPDM_KIND_KEY_SCHEDULE] = 38,
	COUNT(algorithms),
};

const struct tspdm_algorithm *tspdm_algorithm_row(unsigned i)
{
	return i < COUNT(algorithms) ? &algorithms[i] : NULL;
}

const struct tspdm_algorithm *tspdm_algorithm_by_bit(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	if ((unsigned)kind >= COUNT(first_row) - 1)
		return NULL;
	for (size_t i = first_row[kind]; i < first_row[kind + 1]; i++)
		if (algorithms[i].bit == bit)
			return &algorithms[i];
	return NULL;
}

static bool equal_text(const char *a, const char *b)
{
	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	return *a == *b;
}

const struct tspdm_algorithm *tspdm_algorithm_by_name(enum tspdm_algorithm_kind kind, const char *name)
{
	for (size_t i = 0; i < COUNT(algorithms); i++)
		if (algorithms[i].kind == (uint8_t)kind && equal_text(algorithms[i].name, name))
			return &algorithms[i];
	return NULL;
}

size_t tspdm_algorithm_size(enum tspdm_algorithm_kind kind, uint32_t bit)
{
	const struct tspdm_algorithm *row = tspdm_algorithm_by_bit(kind, bit);

	return row != NULL ? row->size : 0;
}
