package secrets_test

import (
	"bytes"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/http/httptrace"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/whatspie-go/whatspie"
	"github.com/whatspie-go/whatspie/internal/wiretest"
)

// A caller's trace is called beside the client's own. It receives what net/http passes to it, including the token.
func TestClientTrace_receivesToken(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"data":[]}`)
	}))
	defer server.Close()
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var authorization []string
	connections := 0
	ctx := httptrace.WithClientTrace(t.Context(), &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) { connections++ },
		WroteHeaderField: func(key string, values []string) {
			if key == "Authorization" {
				authorization = append(authorization, values...)
			}
		},
	})
	client := wiretest.NewClient(t,
		whatspie.WithBaseURL(server.URL), whatspie.WithHTTPClient(server.Client()), whatspie.WithLogger(logger))
	_, err := client.Devices.List(ctx)
	require.NoError(t, err)
	assert.Equal(t, []string{"Bearer " + wiretest.Token}, authorization)
	assert.Equal(t, 1, connections)
	assert.Contains(t, log.String(), "whatspie: attempt")
	assertNoSecret(t, log.String())
}
