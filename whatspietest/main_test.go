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

// testServer is a server and an HTTP client that reaches it.
type testServer struct {
	*whatspietest.Server

	baseURL string
	http    *http.Client
}

// modes are the two ways to reach a server. A client must not see a difference between them.
func modes() map[string]func(*testing.T, ...whatspietest.Option) testServer {
	return map[string]func(*testing.T, ...whatspietest.Option) testServer{
		"socket":    withSocket,
		"transport": withoutSocket,
	}
}

func withSocket(t *testing.T, opts ...whatspietest.Option) testServer {
	t.Helper()
	srv := whatspietest.NewServer(opts...)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	t.Cleanup(srv.Close)
	return testServer{Server: srv, baseURL: srv.URL, http: &http.Client{Transport: transport}}
}

func withoutSocket(t *testing.T, opts ...whatspietest.Option) testServer {
	t.Helper()
	srv := whatspietest.NewServer(append(opts, whatspietest.WithoutSocket())...)
	t.Cleanup(srv.Close)
	return testServer{Server: srv, baseURL: srv.URL, http: &http.Client{Transport: srv.Transport()}}
}

// result is a response with its body.
type result struct {
	status int
	header http.Header
	body   string
}

func (srv testServer) request(t *testing.T, method, path, body string) *http.Request {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, srv.baseURL+path, strings.NewReader(body))
	require.NoError(t, err)
	r.Header.Set("Authorization", "Bearer "+srv.Token)
	r.Header.Set("Content-Type", "application/json")
	return r
}

func (srv testServer) send(t *testing.T, method, path, body string) result {
	t.Helper()
	return srv.do(t, srv.request(t, method, path, body))
}

func (srv testServer) do(t *testing.T, r *http.Request) result {
	t.Helper()
	got, err := srv.try(r)
	require.NoError(t, err)
	return got
}

// try returns what was received before the error.
func (srv testServer) try(r *http.Request) (result, error) {
	response, err := srv.http.Do(r)
	if err != nil {
		return result{}, err
	}
	body, err := io.ReadAll(response.Body)
	if closeErr := response.Body.Close(); err == nil {
		err = closeErr
	}
	return result{status: response.StatusCode, header: response.Header, body: string(body)}, err
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
