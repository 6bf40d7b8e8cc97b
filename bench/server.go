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

// memory answers without a network.
type memory map[string]answer

func (m memory) RoundTrip(request *http.Request) (*http.Response, error) {
	if request.Body != nil {
		if _, err := io.Copy(io.Discard, request.Body); err != nil {
			return nil, err
		}
		if err := request.Body.Close(); err != nil {
			return nil, err
		}
	}
	a, ok := m[nameOf(request)]
	if !ok {
		return nil, errors.New("no such answer")
	}
	return &http.Response{
		StatusCode:    a.status,
		ProtoMajor:    1,
		ProtoMinor:    1,
		Header:        http.Header{"Content-Type": {"application/json"}},
		Body:          io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)),
		Request:       request,
	}, nil
}

func nameOf(request *http.Request) string {
	name, _, _ := strings.Cut(request.URL.Path[1:], "/")
	return name
}

func (m memory) ServeHTTP(w http.ResponseWriter, request *http.Request) {
	a := m[nameOf(request)]
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body) // the client sees what is missing
}

// serve is the other process: it prints its address and lives as long as its input.
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
	server := http.Server{Handler: memory(answers()), ReadHeaderTimeout: time.Minute}
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
