package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// memory responds without a network. Its keys are the first segments of the paths.
type memory map[string]response

func (m memory) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return nil, err
		}
		if err := request.Body.Close(); err != nil {
			return nil, err
		}
	}
	found, ok := m[firstSegment(request)]
	if !ok {
		return nil, errors.New("no such response")
	}
	return &http.Response{
		StatusCode:    found.status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(found.body)),
		ContentLength: int64(len(found.body)),
		Request:       request,
	}, nil
}

func firstSegment(request *http.Request) string {
	name, _, _ := strings.Cut(request.URL.Path[1:], "/")
	return name
}

func (m memory) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	found := m[firstSegment(request)]
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(found.body)))
	w.WriteHeader(found.status)
	_, _ = w.Write(found.body) // the client reports a short body
}

// serve runs the server: it prints its address and exits when its standard input is closed.
func serve() error {
	listener, err := (&net.ListenConfig{}).Listen(context.Background(), "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	fmt.Println("http://" + listener.Addr().String())
	go func() {
		_, _ = io.Copy(io.Discard, os.Stdin)
		os.Exit(0)
	}()
	server := http.Server{Handler: memory(responses()), ReadHeaderTimeout: time.Minute}
	return server.Serve(listener)
}

// startServer starts this program as a server and returns its base URL.
func startServer() (base string, stop func()) {
	server := exec.CommandContext(context.Background(), must(os.Executable()), "-serve")
	server.Stderr = os.Stderr
	input, output := must(server.StdinPipe()), must(server.StdoutPipe())
	check(server.Start())
	line := must(bufio.NewReader(output).ReadString('\n'))
	return strings.TrimSpace(line), func() {
		check(input.Close())
		check(server.Wait())
	}
}
