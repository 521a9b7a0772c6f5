;; The loops of the reader that take time, for WebAssembly's 128-bit vectors.
;;
;; Maps are stored pixel by pixel, a pixel's channels side by side, so that what a filter covers of
;; a row is one run of numbers. tools/page_engine.py repeats what stands between "repeat" and "end",
;; with @4 standing for 0, 4, 8, and so on.
(module
  (memory (export "memory") 1)

  ;; Slide filters over maps. Eight filters at a time meet four pixels of a row: eight vectors of
  ;; sums, as many as stay in registers. A row's last four pixels may have been computed before;
  ;; rows of fewer than four write beyond their end, where the caller clears up.
  (func (export "convolve")
    (param $in i32) (param $out i32) (param $filters i32) (param $bias i32)
    (param $rows i32) (param $columns i32) (param $blocks i32)  ;; of the output; blocks of eight
    (param $in_row i32)                         ;; bytes from a row to the next that a filter covers
    (param $step_down i32) (param $step_right i32)  ;; bytes from one place of a filter to the next
    (param $out_row i32) (param $out_pixel i32)     ;; bytes
    (param $high i32) (param $run i32)          ;; rows of a filter, bytes of such a row
    (param $least f32)                          ;; what is below becomes this
    (local $block i32) (local $column i32) (local $block_filters i32)
    (local $filter i32) (local $start i32) (local $end i32) (local $row i32) (local $to i32)
    (local $p0 i32) (local $p1 i32) (local $p2 i32) (local $p3 i32)
    (local $a0 v128) (local $a1 v128) (local $a2 v128) (local $a3 v128)
    (local $b0 v128) (local $b1 v128) (local $b2 v128) (local $b3 v128)
    (local $f v128) (local $g v128) (local $x v128) (local $floor v128)
    (local.set $floor (f32x4.splat (local.get $least)))
    (loop $each_row
      (local.set $block (i32.const 0))
      (local.set $block_filters (local.get $filters))
      (loop $each_block
        (local.set $column (i32.const 0))
        (loop $each_tile
          (local.set $to (i32.add (local.get $bias) (i32.shl (local.get $block) (i32.const 5))))
          (local.set $f (v128.load (local.get $to)))
          (local.set $g (v128.load offset=16 (local.get $to)))
          (local.set $a0 (local.get $f)) (local.set $b0 (local.get $g))
          (local.set $a1 (local.get $f)) (local.set $b1 (local.get $g))
          (local.set $a2 (local.get $f)) (local.set $b2 (local.get $g))
          (local.set $a3 (local.get $f)) (local.set $b3 (local.get $g))
          (local.set $filter (local.get $block_filters))
          (local.set $start
            (i32.add (local.get $in) (i32.mul (local.get $column) (local.get $step_right))))
          (local.set $row (local.get $high))
          (loop $each_filter_row
            (local.set $p0 (local.get $start))
            (local.set $p1 (i32.add (local.get $p0) (local.get $step_right)))
            (local.set $p2 (i32.add (local.get $p1) (local.get $step_right)))
            (local.set $p3 (i32.add (local.get $p2) (local.get $step_right)))
            (local.set $end (i32.add (local.get $start) (local.get $run)))
            (loop $each_four_values
              ;; repeat 4
              (local.set $f (v128.load offset=@32 (local.get $filter)))
              (local.set $g (v128.load offset=@32+16 (local.get $filter)))
              (local.set $x (v128.load32_splat offset=@4 (local.get $p0)))
              (local.set $a0 (f32x4.add (local.get $a0) (f32x4.mul (local.get $x) (local.get $f))))
              (local.set $b0 (f32x4.add (local.get $b0) (f32x4.mul (local.get $x) (local.get $g))))
              (local.set $x (v128.load32_splat offset=@4 (local.get $p1)))
              (local.set $a1 (f32x4.add (local.get $a1) (f32x4.mul (local.get $x) (local.get $f))))
              (local.set $b1 (f32x4.add (local.get $b1) (f32x4.mul (local.get $x) (local.get $g))))
              (local.set $x (v128.load32_splat offset=@4 (local.get $p2)))
              (local.set $a2 (f32x4.add (local.get $a2) (f32x4.mul (local.get $x) (local.get $f))))
              (local.set $b2 (f32x4.add (local.get $b2) (f32x4.mul (local.get $x) (local.get $g))))
              (local.set $x (v128.load32_splat offset=@4 (local.get $p3)))
              (local.set $a3 (f32x4.add (local.get $a3) (f32x4.mul (local.get $x) (local.get $f))))
              (local.set $b3 (f32x4.add (local.get $b3) (f32x4.mul (local.get $x) (local.get $g))))
              ;; end
              (local.set $filter (i32.add (local.get $filter) (i32.const 128)))
              (local.set $p1 (i32.add (local.get $p1) (i32.const 16)))
              (local.set $p2 (i32.add (local.get $p2) (i32.const 16)))
              (local.set $p3 (i32.add (local.get $p3) (i32.const 16)))
              (br_if $each_four_values
                (i32.lt_u
                  (local.tee $p0 (i32.add (local.get $p0) (i32.const 16))) (local.get $end))))
            (local.set $start (i32.add (local.get $start) (local.get $in_row)))
            (br_if $each_filter_row
              (local.tee $row (i32.sub (local.get $row) (i32.const 1)))))
          (local.set $to
            (i32.add
              (i32.add (local.get $out) (i32.shl (local.get $block) (i32.const 5)))
              (i32.mul (local.get $column) (local.get $out_pixel))))
          (v128.store (local.get $to) (f32x4.pmax (local.get $floor) (local.get $a0)))
          (v128.store offset=16 (local.get $to) (f32x4.pmax (local.get $floor) (local.get $b0)))
          (local.set $to (i32.add (local.get $to) (local.get $out_pixel)))
          (v128.store (local.get $to) (f32x4.pmax (local.get $floor) (local.get $a1)))
          (v128.store offset=16 (local.get $to) (f32x4.pmax (local.get $floor) (local.get $b1)))
          (local.set $to (i32.add (local.get $to) (local.get $out_pixel)))
          (v128.store (local.get $to) (f32x4.pmax (local.get $floor) (local.get $a2)))
          (v128.store offset=16 (local.get $to) (f32x4.pmax (local.get $floor) (local.get $b2)))
          (local.set $to (i32.add (local.get $to) (local.get $out_pixel)))
          (v128.store (local.get $to) (f32x4.pmax (local.get $floor) (local.get $a3)))
          (v128.store offset=16 (local.get $to) (f32x4.pmax (local.get $floor) (local.get $b3)))
          (local.set $column (i32.add (local.get $column) (i32.const 4)))
          (if (i32.lt_s (local.get $column) (local.get $columns))
            (then
              (if (i32.gt_s (local.get $column) (i32.sub (local.get $columns) (i32.const 4)))
                (then (local.set $column (i32.sub (local.get $columns) (i32.const 4)))))
              (br $each_tile))))
        (local.set $block_filters (local.get $filter))
        (br_if $each_block
          (i32.lt_u
            (local.tee $block (i32.add (local.get $block) (i32.const 1))) (local.get $blocks))))
      (local.set $in (i32.add (local.get $in) (local.get $step_down)))
      (local.set $out (i32.add (local.get $out) (local.get $out_row)))
      (br_if $each_row (local.tee $rows (i32.sub (local.get $rows) (i32.const 1))))))

  ;; Add maps of half the size to others: each of their pixels to four.
  (func (export "add_enlarged")
    (param $coarse i32) (param $fine i32) (param $rows i32) (param $columns i32)
    (param $coarse_row i32) (param $fine_row i32) (param $pixel i32)  ;; bytes
    (local $row i32) (local $column i32) (local $from i32) (local $to i32) (local $end i32)
    (loop $each_row
      (local.set $to (local.get $fine))
      (local.set $column (i32.const 0))
      (loop $each_pixel
        (local.set $from
          (i32.add
            (local.get $coarse)
            (i32.mul (i32.shr_u (local.get $column) (i32.const 1)) (local.get $pixel))))
        (local.set $end (i32.add (local.get $to) (local.get $pixel)))
        (loop $each_four_values
          (v128.store
            (local.get $to)
            (f32x4.add (v128.load (local.get $to)) (v128.load (local.get $from))))
          (local.set $from (i32.add (local.get $from) (i32.const 16)))
          (br_if $each_four_values
            (i32.lt_u (local.tee $to (i32.add (local.get $to) (i32.const 16))) (local.get $end))))
        (br_if $each_pixel
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $columns))))
      (local.set $fine (i32.add (local.get $fine) (local.get $fine_row)))
      ;; A coarse row belongs to two fine ones.
      (if (i32.and (local.get $row) (i32.const 1))
        (then (local.set $coarse (i32.add (local.get $coarse) (local.get $coarse_row)))))
      (br_if $each_row
        (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows)))))

  ;; Make each byte the higher of itself and the one so far on, sixteen at a time.
  (func (export "raise") (param $at i32) (param $end i32) (param $far i32)
    (loop $each_sixteen
      (v128.store
        (local.get $at)
        (i8x16.max_u
          (v128.load (local.get $at))
          (v128.load (i32.add (local.get $at) (local.get $far)))))
      (br_if $each_sixteen
        (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 16))) (local.get $end)))))

  ;; Medians of square neighborhoods. How often each value occurs is counted for each column of the
  ;; neighborhood's height, so that the window moves by one column that comes and one that goes
  ;; (Perreault and Hebert 2007, IEEE Trans. Image Processing 16(9), p. 2389-2394). Counts are 256
  ;; numbers of two bytes, and those of each sixteen values together: 544 bytes.
  (func (export "medians")
    (param $data i32) (param $wide i32)         ;; the picture in its frame, bytes of a row
    (param $side i32) (param $rows i32) (param $columns i32) (param $out i32)
    (param $counts i32)                         ;; all 0, those of one column more than there are
    (param $window i32)                         ;; room for the counts of a neighborhood
    (local $row i32) (local $column i32) (local $at i32) (local $rest i32) (local $count i32)
    (local $none i32)
    (local.set $none
      (i32.add (local.get $counts) (i32.mul (local.get $wide) (i32.const 544))))
    (loop $each_first_row
      (call $count_row (local.get $data) (local.get $wide) (local.get $counts) (i32.const 1))
      (local.set $data (i32.add (local.get $data) (local.get $wide)))
      (br_if $each_first_row
        (i32.lt_u
          (local.tee $row (i32.add (local.get $row) (i32.const 1)))
          (i32.sub (local.get $side) (i32.const 1)))))
    (local.set $row (i32.const 0))
    (loop $each_row
      (call $count_row (local.get $data) (local.get $wide) (local.get $counts) (i32.const 1))
      (memory.fill (local.get $window) (i32.const 0) (i32.const 544))
      (local.set $column (i32.const 0))
      (loop $each_first_column
        (call $move
          (local.get $window)
          (i32.add (local.get $counts) (i32.mul (local.get $column) (i32.const 544)))
          (local.get $none))
        (br_if $each_first_column
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1))) (local.get $side))))
      (local.set $column (i32.const 0))
      (loop $each_column
        (local.set $rest
          (i32.shr_u (i32.mul (local.get $side) (local.get $side)) (i32.const 1)))
        (local.set $at (i32.add (local.get $window) (i32.const 512)))
        (loop $each_sixteen
          (local.set $count (i32.load16_u (local.get $at)))
          (if (i32.ge_u (local.get $rest) (local.get $count))
            (then
              (local.set $rest (i32.sub (local.get $rest) (local.get $count)))
              (local.set $at (i32.add (local.get $at) (i32.const 2)))
              (br $each_sixteen))))
        (local.set $at
          (i32.add
            (local.get $window)
            (i32.shl
              (i32.sub (local.get $at) (i32.add (local.get $window) (i32.const 512)))
              (i32.const 4))))
        (loop $each_value
          (local.set $count (i32.load16_u (local.get $at)))
          (if (i32.ge_u (local.get $rest) (local.get $count))
            (then
              (local.set $rest (i32.sub (local.get $rest) (local.get $count)))
              (local.set $at (i32.add (local.get $at) (i32.const 2)))
              (br $each_value))))
        (i32.store8
          (local.get $out)
          (i32.shr_u (i32.sub (local.get $at) (local.get $window)) (i32.const 1)))
        (local.set $out (i32.add (local.get $out) (i32.const 1)))
        ;; Beyond the last column there is the one that counts nothing.
        (local.set $at
          (i32.add (local.get $counts) (i32.mul (local.get $column) (i32.const 544))))
        (call $move
          (local.get $window)
          (i32.add (local.get $at) (i32.mul (local.get $side) (i32.const 544)))
          (local.get $at))
        (br_if $each_column
          (i32.lt_u
            (local.tee $column (i32.add (local.get $column) (i32.const 1)))
            (local.get $columns))))
      (call $count_row
        (i32.sub
          (local.get $data)
          (i32.mul (i32.sub (local.get $side) (i32.const 1)) (local.get $wide)))
        (local.get $wide) (local.get $counts) (i32.const -1))
      (local.set $data (i32.add (local.get $data) (local.get $wide)))
      (br_if $each_row
        (i32.lt_u (local.tee $row (i32.add (local.get $row) (i32.const 1))) (local.get $rows)))))

  ;; Count the values of a row, each in its column.
  (func $count_row
    (param $data i32) (param $wide i32) (param $counts i32) (param $more i32)
    (local $end i32) (local $value i32) (local $at i32)
    (local.set $end (i32.add (local.get $data) (local.get $wide)))
    (loop $each_column
      (local.set $value (i32.load8_u (local.get $data)))
      (local.set $at (i32.add (local.get $counts) (i32.shl (local.get $value) (i32.const 1))))
      (i32.store16
        (local.get $at) (i32.add (i32.load16_u (local.get $at)) (local.get $more)))
      (local.set $at
        (i32.add
          (local.get $counts)
          (i32.shl (i32.shr_u (local.get $value) (i32.const 4)) (i32.const 1))))
      (i32.store16 offset=512
        (local.get $at) (i32.add (i32.load16_u offset=512 (local.get $at)) (local.get $more)))
      (local.set $counts (i32.add (local.get $counts) (i32.const 544)))
      (br_if $each_column
        (i32.lt_u
          (local.tee $data (i32.add (local.get $data) (i32.const 1))) (local.get $end)))))

  ;; Add the counts of a column that comes, and take away those of one that goes.
  (func $move (param $window i32) (param $come i32) (param $gone i32) (local $end i32)
    (local.set $end (i32.add (local.get $window) (i32.const 544)))
    (loop $each_two_times_eight
      ;; repeat 2
      (v128.store offset=@16
        (local.get $window)
        (i16x8.sub
          (i16x8.add
            (v128.load offset=@16 (local.get $window)) (v128.load offset=@16 (local.get $come)))
          (v128.load offset=@16 (local.get $gone))))
      ;; end
      (local.set $come (i32.add (local.get $come) (i32.const 32)))
      (local.set $gone (i32.add (local.get $gone) (i32.const 32)))
      (br_if $each_two_times_eight
        (i32.lt_u
          (local.tee $window (i32.add (local.get $window) (i32.const 32))) (local.get $end))))))
