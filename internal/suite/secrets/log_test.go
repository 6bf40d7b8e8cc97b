package secrets_test

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestLogs_containNoSecret(t *testing.T) {
	t.Parallel()
	var text, asJSON bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	for log, handler := range map[*bytes.Buffer]slog.Handler{
		&text:   slog.NewTextHandler(&text, options),
		&asJSON: slog.NewJSONHandler(&asJSON, options),
	} {
		logger := whatspie.WithLogger(slog.New(handler))
		qrFailures(t, logger)
		reply := qrReply(t)
		reply.Header = secretHeader(t)
		_, err := wiretest.NewScript(reply).Client(t, logger).Devices.QR(t.Context(), 7)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, strings.Count(log.String(), "whatspie: attempt"), len(secretReplies(t))+1)
		assert.Contains(t, log.String(), "whatspie: retry")
		assert.Contains(t, log.String(), "r-[redacted]")
		assertNoSecret(t, log.String())
	}
}
