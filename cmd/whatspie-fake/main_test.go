package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// runAsCommand is a variable that makes the test binary run the command.
const runAsCommand = "WHATSPIE_FAKE_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(runAsCommand) != "" {
		main()
	}
	goleak.VerifyTestMain(m)
}

// process is a running whatspie-fake.
type process struct {
	api, control string
	stop         func(os.Signal) (code int, logged string)
}

func start(t *testing.T, args ...string) process {
	t.Helper()
	args = append([]string{"-addr", "127.0.0.1:0", "-control", "127.0.0.1:0"}, args...)
	executable, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), executable, args...)
	command.Env = append(os.Environ(), runAsCommand+"=1", "WHATSPIE_API_TOKEN=account-token")
	stderr, err := command.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, command.Start())
	lines := bufio.NewReader(stderr)
	first, err := lines.ReadString('\n')
	require.NoError(t, err)
	found := regexp.MustCompile(`msg=listening api=(\S+) .*control=(\S+)\n`).FindStringSubmatch(first)
	require.NotNil(t, found, first)
	stop := func(s os.Signal) (int, string) {
		require.NoError(t, command.Process.Signal(s))
		remaining, err := io.ReadAll(lines)
		require.NoError(t, err)
		_ = command.Wait() // its error is the exit code
		return command.ProcessState.ExitCode(), first + string(remaining)
	}
	return process{found[1], found[2], stop}
}

// program returns the path of an executable; only CI requires it.
func program(t *testing.T, name string) string {
	t.Helper()
	found, err := exec.LookPath(name)
	if err != nil && os.Getenv("CI") == "" {
		t.Skip(err)
	}
	require.NoError(t, err)
	return found
}

func TestCurl(t *testing.T) {
	t.Parallel()
	curl := program(t, "curl")
	fake := start(t, "-seed", "Customer Service, Sales")
	curlOutput := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), curl, append([]string{"-sS"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	token := "Authorization: Bearer whatspietest-token"

	assert.Contains(t, curlOutput("-H", token, fake.api+"/devices"), `"name":"Sales"`)
	assert.Empty(t, curlOutput("-X", "POST", fake.control+"/devices/2/scan"))
	assert.Contains(t, curlOutput("-H", token, fake.api+"/devices/2"), `"paired_status":"PAIRED"`)
	code := curlOutput("-H", token, fake.api+"/devices/1/qr?response_type=url")
	assert.Contains(t, code, "data:image/png;base64,")
	assert.Contains(t, curlOutput(fake.api+"/devices"), `"code":401`)
	account := "Authorization: Bearer account-token"
	assert.Contains(t, curlOutput("-H", account, fake.api+"/devices"), `"code":401`, "the environment is ignored")

	fault := `{"path": "/devices", "status": 503, "header": {"Retry-After": ["2"]}, "delay": "1ms"}`
	curlOutput("-d", fault, fake.control+"/faults")
	assert.Contains(t, curlOutput("-i", "-H", token, fake.api+"/devices"), "Retry-After: 2")
	created := curlOutput("-H", token, "-H", "Content-Type: application/json",
		"-d", `{"package": "STARTUP240K", "name": "Night shift"}`, fake.api+"/devices")
	assert.Contains(t, created, `"id":3`)
	requests := curlOutput(fake.control + "/requests")
	assert.Contains(t, requests, `Night shift`)
	assert.NotContains(t, requests, "-token")

	exit, logged := fake.stop(syscall.SIGTERM)
	assert.Equal(t, 0, exit)
	assert.Regexp(t, `at=api method=GET path=/devices/1/qr status=200 duration=[0-9.]+[mµn]?s`, logged)
	assert.Contains(t, logged, "at=control method=POST path=/devices/2/scan status=204")
	assert.Contains(t, logged, `msg="shutting down"`)
	assert.NotContains(t, logged, "-token")
	assert.NotContains(t, logged, "base64")
}

const nodeScript = `
const [api, control] = process.argv.slice(1);
const headers = {Authorization: 'Bearer from-flag', 'Content-Type': 'application/json'};
const call = async (path, init) => (await fetch(api + path, {headers, ...init})).json();
const created = await call('/devices', {method: 'POST', body: JSON.stringify({package: 'STARTUP240K', name: 'Node'})});
const id = created.data.id;
const qr = await call('/devices/' + id + '/qr?response_type=url');
await fetch(control + '/faults', {method: 'POST', body: JSON.stringify({method: 'GET', drop: true})});
let cut = false;
try { await call('/devices'); } catch { cut = true; }
await fetch(control + '/devices/' + id + '/scan', {method: 'POST'});
const {data} = await call('/devices/' + id);
const again = await call('/devices/' + id + '/qr?response_type=url');
console.log(qr.data.qr.slice(0, 22), cut, data.paired_status, again.message);
`

func TestNode(t *testing.T) {
	t.Parallel()
	node := program(t, "node")
	fake := start(t, "-token", "from-flag")
	command := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", nodeScript, fake.api, fake.control)
	out, err := command.CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "data:image/png;base64, true PAIRED Device connected\n", string(out))
	exit, logged := fake.stop(os.Interrupt)
	assert.Equal(t, 0, exit)
	assert.Contains(t, logged, "path=/devices cut=true")
}

// safeBuffer is a buffer that can be read while the server writes its log to it.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// startServe runs serve in this process.
func startServe(t *testing.T, s settings) (api string, log *safeBuffer, stop func() error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	log = &safeBuffer{}
	done := make(chan error, 1)
	s.addr, s.token = "127.0.0.1:0", "secret"
	go func() { done <- serve(ctx, s, slog.New(slog.NewTextHandler(log, nil))) }()
	address := regexp.MustCompile(`api=(\S+)`)
	require.Eventually(t, func() bool { return address.MatchString(log.String()) }, time.Minute, time.Millisecond)
	return address.FindStringSubmatch(log.String())[1], log, func() error {
		cancel()
		return <-done
	}
}

// newRequest returns a request on a connection of its own.
func newRequest(t *testing.T, method, url, body string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer secret")
	request.Close = true
	return request
}

// send returns the body of the response.
func send(request *http.Request) (string, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	return string(body), errors.Join(err, response.Body.Close())
}

func TestServe_shutdown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		delay   string
		timeout time.Duration
		want    error
	}{
		{"waits for a request in progress", "300ms", time.Minute, nil},
		{"cuts a request that takes too long", "1h", 50 * time.Millisecond, io.EOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api, log, stop := startServe(t, settings{limit: -1, shutdownTimeout: test.timeout, control: "127.0.0.1:0"})
			control := regexp.MustCompile(`control=(\S+)`).FindStringSubmatch(log.String())[1]
			_, err := send(newRequest(t, http.MethodPost, control+"/faults", `{"delay": "`+test.delay+`"}`))
			require.NoError(t, err)
			result := make(chan error, 1)
			delayed := newRequest(t, http.MethodGet, api+"/devices", "")
			go func() {
				_, err := send(delayed)
				result <- err
			}()
			received := func() bool {
				requests, err := send(newRequest(t, http.MethodGet, control+"/requests", ""))
				return err == nil && requests != "[]\n"
			}
			require.Eventually(t, received, time.Minute, time.Millisecond)
			require.NoError(t, stop())
			require.ErrorIs(t, <-result, test.want)
		})
	}
}

func TestServe_withoutControl(t *testing.T) {
	t.Parallel()
	s := settings{limit: -1, rotation: true, lifetime: time.Second, shutdownTimeout: time.Minute}
	api, log, stop := startServe(t, s)
	body, err := send(newRequest(t, http.MethodGet, api+"/devices", ""))
	require.NoError(t, err)
	assert.JSONEq(t, `{"status":200,"message":"OK","data":[]}`, body)
	assert.NotContains(t, log.String(), "control")
	require.NoError(t, stop())
}

func TestRun_addressInUse(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	for _, args := range [][]string{
		{"-addr", taken.Addr().String()},
		{"-addr", "127.0.0.1:0", "-control", taken.Addr().String()},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 1, run(t.Context(), args, &stdout, &stderr))
		assert.Contains(t, stderr.String(), "address already in use")
	}
}
