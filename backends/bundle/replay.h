/* SPDX-License-Identifier: BSD-2-Clause-Patent
 * What the messages of a record prove, by themselves: no word of the recorder's goes in but the session's inputs that its
 * evidence has to be bound to. */
#ifndef TSPDM_BUNDLE_REPLAY_H
#define TSPDM_BUNDLE_REPLAY_H

#include <tspdm/bundle.h>

enum { RECORD_ROOM = 1 << 17, REPLAY_SPKI_MAX = 1024 };

/* What was recomputed. Large: on the heap. */
struct bundle_facts {
	enum tspdm_status status; /* the first thing that is wrong with the record */
	char why[160];
	bool has_negotiated, has_identity, has_measured, has_session;
	struct tspdm_negotiated negotiated;
	struct tspdm_identity identity;
	struct tspdm_measured measured; /* ordinary ones; signed if any of them are */
	struct tspdm_session_info session;
	struct {
		struct tspdm_view raw; /* empty: there is none */
		uint8_t nonce[TSPDM_NONCE_LEN];
		uint8_t slot;
		bool is_in_session, is_computed; /* what it had to commit to there */
		uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	} fresh;
	struct {
		struct tspdm_view raw;
		bool is_shown;    /* something was, whatever it is */
		bool is_computed; /* report_data is what it has to be bound to */
		uint8_t report_data[TSPDM_REPORT_DATA_LEN];
	} shown;
	size_t chain_len, spki_len, requester_spki_len;
	uint8_t chain[TSPDM_CHAIN_MAX];
	uint8_t spki[REPLAY_SPKI_MAX];
	uint8_t requester_spki[REPLAY_SPKI_MAX];
	uint8_t record[RECORD_ROOM];
	uint8_t fresh_record[RECORD_ROOM];
	uint8_t shown_raw[RECORD_ROOM];
};

/* Goes through the messages. TSPDM_ERR_MEMORY; what is wrong with the record is in the facts. */
enum tspdm_status tspdm_bundle_replay(
	struct tspdm_crypto *crypto, const struct tspdm_bundle_input *input, struct bundle_facts *facts);

#endif
