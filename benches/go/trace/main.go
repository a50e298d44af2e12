// Measures runtime/trace: a case a line on the input, nanoseconds of processor time for each call on the output.
// The time is the process's, so that what takes the events away counts.
package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/trace"
	"syscall"
	"time"
	"unsafe"
)

const calls = 20000

// CLOCK_PROCESS_CPUTIME_ID
const processTime = 2

var sink string

//go:noinline
func work() {
	sink = "done"
}

func region(ctx context.Context) {
	defer trace.StartRegion(ctx, "region").End()
	work()
}

func task(ctx context.Context) {
	_, task := trace.NewTask(ctx, "task")
	defer task.End()
	work()
}

func log(ctx context.Context) {
	trace.Log(ctx, "category", "message")
	work()
}

func plain(ctx context.Context) {
	work()
}

func now() int64 {
	var time syscall.Timespec
	syscall.RawSyscall(syscall.SYS_CLOCK_GETTIME, processTime, uintptr(unsafe.Pointer(&time)), 0)
	return time.Nano()
}

func round(call func(context.Context)) float64 {
	ctx := context.Background()
	start := now()
	for n := 0; n < calls; n++ {
		call(ctx)
	}
	return float64(now()-start) / calls
}

func traced(call func(context.Context)) float64 {
	if err := trace.Start(io.Discard); err != nil {
		panic(err)
	}
	defer trace.Stop()
	return round(call)
}

func recorder() *trace.FlightRecorder {
	recorder := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: time.Minute, MaxBytes: 8 << 20})
	if err := recorder.Start(); err != nil {
		panic(err)
	}
	return recorder
}

func recorded(call func(context.Context)) float64 {
	recorder := recorder()
	defer recorder.Stop()
	return round(call)
}

// Of the wall clock: how long who asks for it waits.
func snapshot() float64 {
	recorder := recorder()
	defer recorder.Stop()
	for n := 0; n < 40; n++ {
		round(region)
	}
	start := time.Now()
	if _, err := recorder.WriteTo(io.Discard); err != nil {
		panic(err)
	}
	return float64(time.Since(start).Nanoseconds())
}

func main() {
	cases := map[string]func() float64{
		"plain":    func() float64 { return round(plain) },
		"off":      func() float64 { return round(region) },
		"region":   func() float64 { return traced(region) },
		"task":     func() float64 { return traced(task) },
		"log":      func() float64 { return traced(log) },
		"recorded": func() float64 { return recorded(region) },
		"snapshot": snapshot,
	}
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		if lines.Text() == "version" {
			fmt.Println(runtime.Version())
		} else {
			fmt.Printf("%.3f\n", cases[lines.Text()]())
		}
	}
}
