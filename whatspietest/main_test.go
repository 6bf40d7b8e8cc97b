package whatspietest_test

import (
	"bytes"
	"encoding/json"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/whatspie-go/whatspie/whatspietest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// reached is a server and an HTTP client for it.
type reached struct {
	*whatspietest.Server

	http *http.Client
}

// ways are both ways to reach a server; they must be indistinguishable for a client.
func ways() map[string]func(*testing.T, ...whatspietest.Option) reached {
	return map[string]func(*testing.T, ...whatspietest.Option) reached{
		"socket":    overSocket,
		"transport": withoutSocket,
	}
}

func overSocket(t *testing.T, opts ...whatspietest.Option) reached {
	t.Helper()
	srv := whatspietest.NewServer(opts...)
	wire := &http.Transport{}
	t.Cleanup(wire.CloseIdleConnections)
	t.Cleanup(srv.Close)
	return reached{Server: srv, http: &http.Client{Transport: wire}}
}

func withoutSocket(t *testing.T, opts ...whatspietest.Option) reached {
	t.Helper()
	srv := whatspietest.NewServer(append(opts, whatspietest.WithoutSocket())...)
	t.Cleanup(srv.Close)
	return reached{Server: srv, http: &http.Client{Transport: srv.Transport()}}
}

// reply is a response that was read to its end.
type reply struct {
	status int
	header http.Header
	body   string
}

func (srv reached) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.URL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+srv.Token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func (srv reached) ask(t *testing.T, method, path, body string) reply {
	t.Helper()
	return srv.do(t, srv.request(t, method, path, body))
}

func (srv reached) do(t *testing.T, r *http.Request) reply {
	t.Helper()
	answer, err := srv.try(r)
	require.NoError(t, err)
	return answer
}

// try returns what was received before the error.
func (srv reached) try(r *http.Request) (reply, error) {
	response, err := srv.http.Do(r)
	if err != nil {
		return reply{}, err
	}
	body, err := io.ReadAll(response.Body)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	return reply{status: response.StatusCode, header: response.Header, body: string(body)}, err
}

// fixture returns a documented body without its indentation.
func fixture(t *testing.T, name string) string {
	t.Helper()
	raw, err := fs.ReadFile(os.DirFS("../testdata"), name)
	require.NoError(t, err)
	var compact bytes.Buffer
	require.NoError(t, json.Compact(&compact, raw))
	return compact.String()
}
