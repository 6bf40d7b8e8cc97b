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

// asProcess makes the test binary run the command.
const asProcess = "WHATSPIE_FAKE_AS_PROCESS"

func TestMain(m *testing.M) {
	if os.Getenv(asProcess) != "" {
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
	self, err := os.Executable()
	require.NoError(t, err)
	command := exec.CommandContext(t.Context(), self, args...)
	command.Env = append(os.Environ(), asProcess+"=1", variable+"=from-env")
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
		rest, err := io.ReadAll(lines)
		require.NoError(t, err)
		_ = command.Wait() // the exit code shows it
		return command.ProcessState.ExitCode(), first + string(rest)
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
	ask := func(args ...string) string {
		out, err := exec.CommandContext(t.Context(), curl, append([]string{"-sS"}, args...)...).CombinedOutput()
		require.NoError(t, err, string(out))
		return string(out)
	}
	token := "Authorization: Bearer from-env"

	assert.Contains(t, ask("-H", token, fake.api+"/devices"), `"name":"Sales"`)
	assert.Empty(t, ask("-X", "POST", fake.control+"/devices/2/scan"))
	assert.Contains(t, ask("-H", token, fake.api+"/devices/2"), `"paired_status":"PAIRED"`)
	code := ask("-H", token, fake.api+"/devices/1/qr?response_type=url")
	assert.Contains(t, code, "data:image/png;base64,")
	assert.Contains(t, ask(fake.api+"/devices"), `"code":401`)

	ask("-d", `{"path": "/devices", "status": 503, "header": {"Retry-After": ["2"]}, "delay": "1ms"}`, fake.control+"/faults")
	assert.Contains(t, ask("-i", "-H", token, fake.api+"/devices"), "Retry-After: 2")
	created := ask("-H", token, "-H", "Content-Type: application/json",
		"-d", `{"package": "STARTUP240K", "name": "Night shift"}`, fake.api+"/devices")
	assert.Contains(t, created, `"id":3`)
	requests := ask(fake.control + "/requests")
	assert.Contains(t, requests, `Night shift`)
	assert.NotContains(t, requests, "from-env")

	exit, logged := fake.stop(syscall.SIGTERM)
	assert.Equal(t, 0, exit)
	assert.Regexp(t, `at=api method=GET path=/devices/1/qr status=200 duration=[0-9.]+[mµn]?s`, logged)
	assert.Contains(t, logged, "at=control method=POST path=/devices/2/scan status=204")
	assert.Contains(t, logged, `msg="shutting down"`)
	assert.NotContains(t, logged, "from-env")
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
	out, err := exec.CommandContext(t.Context(), node, "--input-type=module", "-e", nodeScript, fake.api, fake.control).CombinedOutput()
	require.NoError(t, err, string(out))
	assert.Equal(t, "data:image/png;base64, true PAIRED Device connected\n", string(out))
	exit, logged := fake.stop(os.Interrupt)
	assert.Equal(t, 0, exit)
	assert.Contains(t, logged, "path=/devices cut=true")
}

func unset(string) string { return "" }

func TestUsage(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name string
		args []string
		want string
	}{
		{"unknown flag", []string{"-bogus"}, "flag provided but not defined: -bogus"},
		{"argument", []string{"serve"}, `unexpected argument "serve"`},
		{"empty token", []string{"-token", ""}, "-token is empty"},
		{"lifetime", []string{"-qr-lifetime", "-1s"}, "-qr-lifetime -1s is negative"},
		{"lifetime without unit", []string{"-qr-lifetime", "5"}, `invalid value "5" for flag -qr-lifetime`},
		{"limit", []string{"-limit", "many"}, `invalid value "many" for flag -limit`},
		{"address", []string{"-addr", "9090"}, "-addr: address 9090: missing port"},
		{"control", []string{"-control", "9091"}, "-control: address 9091: missing port"},
		{"seed", []string{"-seed", "a,,b"}, `-seed "a,,b" has an empty name`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, run(t.Context(), test.args, unset, &stdout, &stderr))
			assert.Empty(t, stdout.String())
			assert.Equal(t, 1, strings.Count(stderr.String(), test.want), stderr.String())
			assert.Equal(t, 2, strings.Count(stderr.String(), "\n"))
		})
	}
}

func TestHelp(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 0, run(t.Context(), []string{"-h"}, unset, &stdout, &stderr))
	assert.Empty(t, stderr.String())
	for _, want := range []string{
		"-addr", "-token", "-limit", "-seed", "-qr-lifetime", "-qr-rotation", "-control",
		"/scan", "/expire", "/suspend", "/disconnect", "DELETE /devices/{id}", "POST   /faults", "DELETE /faults", "GET    /requests",
	} {
		assert.Contains(t, stdout.String(), want)
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	all := map[string]string{variable: "from-env"}
	tests := []struct {
		name string
		args []string
		env  map[string]string
		want func(*settings)
	}{
		{"defaults", nil, nil, func(*settings) {}},
		{"environment", nil, all, func(s *settings) { s.token = "from-env" }},
		{"flag over environment", []string{"-token", "own"}, all, func(s *settings) { s.token = "own" }},
		{"control without host", []string{"-control", ":8"}, nil, func(s *settings) { s.control = "127.0.0.1:8" }},
		{"control in full", []string{"-control", "0.0.0.0:8"}, nil, func(s *settings) { s.control = "0.0.0.0:8" }},
		{"no control", []string{"-control", ""}, nil, func(s *settings) { s.control = "" }},
		{"address without host", []string{"-addr", ":8"}, nil, func(s *settings) { s.addr = ":8" }},
		{"seed", []string{"-seed", "a, b c"}, nil, func(s *settings) { s.seed = []string{"a", "b c"} }},
		{"the rest", []string{"-limit", "0", "-qr-lifetime", "5s", "-qr-rotation"}, nil, func(s *settings) {
			s.limit, s.lifetime, s.rotation = 0, 5*time.Second, true
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			want := settings{
				addr: "127.0.0.1:9090", control: "127.0.0.1:9091", token: "whatspietest-token", limit: -1, grace: 3 * time.Second,
			}
			test.want(&want)
			got, err := parse(test.args, func(name string) string { return test.env[name] })
			require.NoError(t, err)
			assert.Equal(t, want, got)
		})
	}
}

// safeBuffer collects the log of a server that runs during the test.
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

// serving runs a fake in this process.
func serving(t *testing.T, s settings) (api string, log *safeBuffer, end func() error) {
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

func listRequest(t *testing.T, api string) *http.Request {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, api+"/devices", http.NoBody)
	require.NoError(t, err)
	request.Header.Set("Authorization", "Bearer secret")
	request.Close = true
	return request
}

func send(request *http.Request) (string, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	body, err := io.ReadAll(response.Body)
	return string(body), errors.Join(err, response.Body.Close())
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		delay string
		grace time.Duration
		want  error
	}{
		{"waits for a request in progress", "300ms", time.Minute, nil},
		{"cuts a request that takes too long", "1h", 50 * time.Millisecond, io.EOF},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			api, log, end := serving(t, settings{seed: []string{"a"}, limit: -1, grace: test.grace, control: "127.0.0.1:0"})
			control := regexp.MustCompile(`control=(\S+)`).FindStringSubmatch(log.String())[1]
			request, err := http.NewRequestWithContext(t.Context(), http.MethodPost, control+"/faults",
				strings.NewReader(`{"delay": "`+test.delay+`"}`))
			require.NoError(t, err)
			request.Close = true
			response, err := http.DefaultClient.Do(request)
			require.NoError(t, err)
			require.NoError(t, response.Body.Close())
			got := make(chan error, 1)
			delayed := listRequest(t, api)
			go func() {
				_, err := send(delayed)
				got <- err
			}()
			require.Eventually(t, func() bool { return recorded(t, control) }, time.Minute, time.Millisecond)
			require.NoError(t, end())
			require.ErrorIs(t, <-got, test.want)
		})
	}
}

// recorded reports whether the API received a request.
func recorded(t *testing.T, control string) bool {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, control+"/requests", http.NoBody)
	require.NoError(t, err)
	request.Close = true
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return string(body) != "[]\n"
}

func TestWithoutControl(t *testing.T) {
	t.Parallel()
	api, log, end := serving(t, settings{limit: -1, rotation: true, lifetime: time.Second, grace: time.Minute})
	body, err := send(listRequest(t, api))
	require.NoError(t, err)
	assert.JSONEq(t, `{"status":200,"message":"OK","data":[]}`, body)
	assert.NotContains(t, log.String(), "control")
	require.NoError(t, end())
}

func TestAddressTaken(t *testing.T) {
	t.Parallel()
	taken, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, taken.Close()) }()
	for _, args := range [][]string{
		{"-addr", taken.Addr().String()},
		{"-addr", "127.0.0.1:0", "-control", taken.Addr().String()},
	} {
		var stdout, stderr bytes.Buffer
		assert.Equal(t, 1, run(t.Context(), args, unset, &stdout, &stderr))
		assert.Contains(t, stderr.String(), "address already in use")
	}
}
