/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * The legality rules of the capability flags as a table: in which versions, for which side, which combination is
 * illegal. */
#include "core/capabilities.h"
#include "core/negotiation.h"

#define REQUESTER 1U
#define RESPONDER 2U
#define BOTH 3U

#define CAP_SECURE (TSPDM_CAP_ENCRYPT | TSPDM_CAP_MAC)
#define CAP_IDENTITY (TSPDM_CAP_CERT | TSPDM_CAP_PUB_KEY_ID)
#define CAP_IN_SESSION (CAP_SECURE | TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR | TSPDM_CAP_HBEAT | TSPDM_CAP_KEY_UPD)
/* Fields of two bits: their upper bit alone tells "with signature" or "with context". */
#define MEAS_SIG TSPDM_CAP_MEAS_SIG
#define EP_INFO_SIG TSPDM_CAP_EP_INFO_SIG

/* A row is broken where `when` fits and `then` does not. */
struct legality {
	uint8_t since, until;
	uint8_t side;
	struct {
		uint32_t any_of;  /* at least one of these is set; 0: always */
		uint32_t none_of; /* and none of these */
	} when;
	struct {
		uint32_t any_of;  /* at least one of these has to be set; 0: nothing has to */
		uint32_t none_of; /* none of these may be set */
	} then;
};

/* clang-format off */
static const struct legality rules[] = {
	/* since, until, side, when any of, and none of, then any of, and none of. Requesters */
	{ TSPDM_V11, TSPDM_V14, REQUESTER, { TSPDM_CAP_PSK_WITH_CONTEXT, 0 }, { 0, TSPDM_CAP_PSK_WITH_CONTEXT } },
	{ TSPDM_V11, TSPDM_V14, REQUESTER, { CAP_IDENTITY, 0 }, { TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | EP_INFO_SIG, 0 } },
	{ TSPDM_V11, TSPDM_V14, REQUESTER, { 0, CAP_IDENTITY }, { 0, TSPDM_CAP_CHAL | TSPDM_CAP_MUT_AUTH | EP_INFO_SIG } },
	{ TSPDM_V13, TSPDM_V14, REQUESTER, { TSPDM_CAP_MULTI_KEY_MASK, 0 }, { TSPDM_CAP_CERT, TSPDM_CAP_PUB_KEY_ID } },
	/* both sides: sessions */
	{ TSPDM_V11, TSPDM_V14, BOTH, { TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK, 0 }, { CAP_SECURE, 0 } },
	{ TSPDM_V11, TSPDM_V14, BOTH, { 0, TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK }, { 0, CAP_IN_SESSION } },
	{ TSPDM_V13, TSPDM_V14, REQUESTER, { 0, TSPDM_CAP_KEY_EX | TSPDM_CAP_PSK_MASK }, { 0, TSPDM_CAP_EVENT } },
	{ TSPDM_V11, TSPDM_V14, BOTH, { 0, TSPDM_CAP_KEY_EX }, { 0, TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR } },
	{ TSPDM_V11, TSPDM_V14, BOTH, { 0, CAP_SECURE }, { 0, TSPDM_CAP_HANDSHAKE_IN_THE_CLEAR } },
	/* both sides: identities and mutual authentication */
	{ TSPDM_V11, TSPDM_V14, BOTH, { TSPDM_CAP_PUB_KEY_ID, 0 }, { 0, TSPDM_CAP_CERT } },
	{ TSPDM_V11, TSPDM_V14, BOTH, { TSPDM_CAP_MUT_AUTH, 0 }, { TSPDM_CAP_KEY_EX | TSPDM_CAP_CHAL, 0 } },
	{ TSPDM_V11, TSPDM_V11, BOTH, { TSPDM_CAP_MUT_AUTH, 0 }, { TSPDM_CAP_ENCAP, 0 } },
	/* responders */
	{ TSPDM_V10, TSPDM_V14, RESPONDER, { 0, TSPDM_CAP_MEAS_MASK }, { 0, TSPDM_CAP_MEAS_FRESH } },
	{ TSPDM_V10, TSPDM_V10, RESPONDER, { TSPDM_CAP_CHAL, 0 }, { TSPDM_CAP_CERT, 0 } },
	{ TSPDM_V10, TSPDM_V10, RESPONDER, { TSPDM_CAP_CERT, 0 }, { TSPDM_CAP_CHAL | MEAS_SIG, 0 } },
	{ TSPDM_V10, TSPDM_V10, RESPONDER, { MEAS_SIG, 0 }, { TSPDM_CAP_CERT, 0 } },
	{ TSPDM_V11, TSPDM_V14, RESPONDER, { CAP_IDENTITY, 0 },
		{ TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | MEAS_SIG | EP_INFO_SIG, 0 } },
	{ TSPDM_V11, TSPDM_V14, RESPONDER, { 0, CAP_IDENTITY },
		{ 0, TSPDM_CAP_CHAL | TSPDM_CAP_KEY_EX | TSPDM_CAP_MUT_AUTH | MEAS_SIG | EP_INFO_SIG } },
	{ TSPDM_V12, TSPDM_V14, RESPONDER, { TSPDM_CAP_PUB_KEY_ID, 0 }, { 0, TSPDM_CAP_ALIAS_CERT } },
	{ TSPDM_V12, TSPDM_V14, RESPONDER, { 0, TSPDM_CAP_CERT }, { 0, TSPDM_CAP_ALIAS_CERT | TSPDM_CAP_SET_CERT } },
	{ TSPDM_V12, TSPDM_V14, RESPONDER, { TSPDM_CAP_CSR, 0 }, { TSPDM_CAP_SET_CERT, 0 } },
	/* the text of 1.2 also takes CSR_CAP, which by the row above implies SET_CERT_CAP */
	{ TSPDM_V12, TSPDM_V14, RESPONDER, { TSPDM_CAP_CERT_INSTALL_RESET, 0 }, { TSPDM_CAP_SET_CERT, 0 } },
	{ TSPDM_V13, TSPDM_V14, RESPONDER, { TSPDM_CAP_MULTI_KEY_MASK, 0 }, { TSPDM_CAP_CERT, TSPDM_CAP_PUB_KEY_ID } },
	{ TSPDM_V13, TSPDM_V14, RESPONDER, { TSPDM_CAP_MULTI_KEY_MASK, 0 }, { TSPDM_CAP_GET_KEY_PAIR_INFO, 0 } },
	{ TSPDM_V14, TSPDM_V14, RESPONDER, { TSPDM_CAP_SET_KEY_PAIR_RESET, 0 }, { TSPDM_CAP_SET_KEY_PAIR_INFO, 0 } },
};

/* Fields of two bits whose value 11 is reserved. */
static const struct {
	uint8_t since;
	uint8_t side;
	uint32_t mask;
} two_bits[] = {
	{ TSPDM_V10, RESPONDER, TSPDM_CAP_MEAS_MASK },
	{ TSPDM_V11, BOTH, TSPDM_CAP_PSK_MASK },
	{ TSPDM_V13, BOTH, TSPDM_CAP_EP_INFO_MASK },
	{ TSPDM_V13, BOTH, TSPDM_CAP_MULTI_KEY_MASK },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

uint32_t tspdm_flags_of_version(uint8_t version)
{
	static const struct {
		uint8_t version;
		uint32_t flags;
	} defined[] = {
		{ TSPDM_V10, 0x0000003F },
		{ TSPDM_V11, 0x0001FFFF },
		{ TSPDM_V12, 0x003FFFFF },
		{ TSPDM_V13, 0x3FFFFFFF },
		{ TSPDM_V14, 0xFFFFFFFF },
	};

	for (size_t i = 0; i < COUNT(defined); i++)
		if (defined[i].version == version)
			return defined[i].flags;
	return 0;
}

/* Flags that only the responder defines: MEAS_CAP and the like are reserved in a requester, so not judged there. */
#define REQUESTER_RESERVED                                                                                             \
	(TSPDM_CAP_CACHE | TSPDM_CAP_MEAS_MASK | TSPDM_CAP_MEAS_FRESH | TSPDM_CAP_ALIAS_CERT | TSPDM_CAP_SET_CERT |    \
		TSPDM_CAP_CSR | TSPDM_CAP_CERT_INSTALL_RESET | TSPDM_CAP_MEL | TSPDM_CAP_GET_KEY_PAIR_INFO |           \
		TSPDM_CAP_SET_KEY_PAIR_INFO | TSPDM_CAP_SET_KEY_PAIR_RESET)

static bool is_broken(const struct legality *rule, uint32_t flags)
{
	if (rule->when.any_of != 0 && (flags & rule->when.any_of) == 0)
		return false;
	if ((flags & rule->when.none_of) != 0)
		return false;
	return (rule->then.any_of != 0 && (flags & rule->then.any_of) == 0) || (flags & rule->then.none_of) != 0;
}

static bool are_flags_legal(uint8_t version, uint8_t side, uint32_t flags)
{
	for (size_t i = 0; i < COUNT(two_bits); i++)
		if ((two_bits[i].side & side) != 0 && version >= two_bits[i].since &&
			(flags & two_bits[i].mask) == two_bits[i].mask)
			return false;
	for (size_t i = 0; i < COUNT(rules); i++)
		if ((rules[i].side & side) != 0 && version >= rules[i].since && version <= rules[i].until &&
			is_broken(&rules[i], flags))
			return false;
	return true;
}

/* DSP0274 1.2 "DataTransferSize", "MaxSPDMmsgSize". */
static bool are_sizes_legal(uint8_t version, const struct tspdm_capabilities *capabilities)
{
	if (version < TSPDM_V12)
		return true;
	if (capabilities->data_transfer_size < TSPDM_MIN_DATA_TRANSFER_SIZE ||
		capabilities->data_transfer_size > capabilities->max_message_size)
		return false;
	return (capabilities->flags & TSPDM_CAP_CHUNK) != 0 ||
	       capabilities->data_transfer_size == capabilities->max_message_size;
}

static enum tspdm_status check(
	uint8_t version, uint8_t side, uint32_t flags, const struct tspdm_capabilities *capabilities)
{
	if (!are_flags_legal(version, side, flags) || !are_sizes_legal(version, capabilities))
		return TSPDM_ERR_CAPABILITIES;
	return TSPDM_OK;
}

enum tspdm_status tspdm_check_requester_capabilities(uint8_t version, const struct tspdm_capabilities *capabilities)
{
	uint32_t flags = capabilities->flags & tspdm_flags_of_version(version) & ~(uint32_t)REQUESTER_RESERVED;

	return version == TSPDM_V10 ? TSPDM_OK : check(version, REQUESTER, flags, capabilities);
}

enum tspdm_status tspdm_check_responder_capabilities(uint8_t version, const struct tspdm_capabilities *capabilities)
{
	return check(version, RESPONDER, capabilities->flags & tspdm_flags_of_version(version), capabilities);
}

uint32_t tspdm_legal_versions(uint32_t versions, bool is_requester, const struct tspdm_capabilities *capabilities)
{
	uint32_t legal = 0;

	for (unsigned version = TSPDM_V10; version <= TSPDM_V14; version++) {
		enum tspdm_status status = is_requester
						   ? tspdm_check_requester_capabilities((uint8_t)version, capabilities)
						   : tspdm_check_responder_capabilities((uint8_t)version, capabilities);

		if (status == TSPDM_OK)
			legal |= TSPDM_VERSION_BIT(version);
	}
	return versions & legal;
}

enum tspdm_status tspdm_choose_versions(
	uint32_t asked, bool is_requester, const struct tspdm_capabilities *capabilities, uint32_t *versions)
{
	uint32_t needed = asked != 0 ? asked : TSPDM_VERSION_BIT(TSPDM_V12);

	if ((needed & ~(uint32_t)IMPLEMENTED_VERSIONS) != 0)
		return TSPDM_ERR_UNSUPPORTED;
	*versions = tspdm_legal_versions(asked != 0 ? asked : DEFAULT_VERSIONS, is_requester, capabilities);
	return (needed & ~*versions) == 0 ? TSPDM_OK : TSPDM_ERR_CAPABILITIES;
}
