GRANT EXECUTE ON PROCEDURE pair TO 'tallystick-pair'@'localhost';
