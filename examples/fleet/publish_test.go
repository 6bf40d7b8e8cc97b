package main

import (
	"log/slog"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/examples/internal/demotest"
	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestFleet_help(t *testing.T) {
	t.Parallel()
	assert.Regexp(t, `^fleet watches (?s:.*)\n\nusage: fleet \[flags\]\n  -copies`, demotest.Help(t, "fleet"))
}

// A holder that is suspended for a minute does not notice that another replica has taken over.
func TestPublish_rejectsFormerHolder(t *testing.T) {
	t.Parallel()
	api := whatspietest.NewServer()
	t.Cleanup(api.Close)
	js, _ := startJetStream(t)
	r := &replica{name: "one", log: slog.New(slog.DiscardHandler), client: api.Client(), js: js}
	require.NoError(t, r.prepare(t.Context(), 1))
	one, two := &whatspie.Device{ID: 1}, &whatspie.Device{ID: 2}

	former, err := r.newPublisher(t.Context())
	require.NoError(t, err)
	require.NoError(t, former.publish(t.Context(), one, whatspie.PairedStatusUnpaired))
	require.NoError(t, former.publish(t.Context(), two, whatspie.PairedStatusUnpaired))
	require.NoError(t, former.publish(t.Context(), two, whatspie.PairedStatusPaired))
	holder, err := r.newPublisher(t.Context())
	require.NoError(t, err)

	err = former.publish(t.Context(), one, whatspie.PairedStatusPaired)
	var rejected *jetstream.APIError
	require.ErrorAs(t, err, &rejected)
	assert.Equal(t, jetstream.JSErrCodeStreamWrongLastSequence, rejected.ErrorCode)
	assert.Equal(t, map[int64]change{
		1: {Device: 1, Number: 1, Status: whatspie.PairedStatusUnpaired},
		2: {Device: 2, Number: 2, Status: whatspie.PairedStatusPaired, Previous: whatspie.PairedStatusUnpaired},
	}, holder.last)
	require.NoError(t, holder.publish(t.Context(), two, statusRemoved))
	require.NoError(t, holder.publish(t.Context(), one, whatspie.PairedStatusUnpaired), "already in the stream")

	info, err := r.stream.Info(t.Context())
	require.NoError(t, err)
	assert.EqualValues(t, 6, info.State.Msgs, "four changes and two announcements")
}
