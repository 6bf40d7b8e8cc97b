package secrets_test

import (
	"bytes"
	"log/slog"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

func TestLogsHaveNoSecrets(t *testing.T) {
	t.Parallel()
	var text, asJSON bytes.Buffer
	options := &slog.HandlerOptions{Level: slog.LevelDebug}
	for log, handler := range map[*bytes.Buffer]slog.Handler{&text: slog.NewTextHandler(&text, options), &asJSON: slog.NewJSONHandler(&asJSON, options)} {
		logger := whatspie.WithLogger(slog.New(handler))
		failures(t, logger)
		answer := wiretest.Reply{Status: http.StatusOK, Header: blurtedHeader(t), Body: `{"data":{"qr":"` + wiretest.QRDataURI(t) + `"}}`}
		_, err := wiretest.NewScript(answer).Client(t, logger).Devices.QR(t.Context(), 7)
		require.NoError(t, err)
		assert.GreaterOrEqual(t, strings.Count(log.String(), "whatspie: attempt"), len(blurts(t))+1)
		assert.Contains(t, log.String(), "whatspie: retry")
		assert.Contains(t, log.String(), "r-[redacted]")
		assertNoSecret(t, log.String())
	}
}
